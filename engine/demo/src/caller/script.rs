//! Call scripts: TOML files of steps, one thing to do each. Faults name file, line and key.

use std::path::{Path, PathBuf};
use std::time::Duration;

use engine_core::source::{FileError, parse_toml};
use serde::Deserialize;
use toml::Spanned;

/// What a caller does, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    /// The `flite` voice that speaks `say` steps.
    pub voice: String,
    pub steps: Vec<Step>,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    pub action: Action,
    /// How long it may wait for the far end.
    pub deadline: Duration,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Speak, to the end.
    Say {
        text: String,
    },
    /// Play a WAV file, to the end. The path is absolute or relative to the script.
    Play {
        file: PathBuf,
    },
    /// Press keys (RFC 4733).
    Keys {
        keys: String,
    },
    WaitFor(Awaited),
    Wait {
        time: Duration,
    },
    /// Speak into the far end's speech, `after` it has begun.
    BargeIn {
        sound: Interruption,
        after: Duration,
    },
    Hangup,
    /// The far end must hang up.
    ExpectHangup,
}

/// What an interruption is heard as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Interruption {
    Said(String),
    /// A WAV file; the path is absolute or relative to the script.
    Played(PathBuf),
}

/// What a step waits to hear.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Awaited {
    /// The far end begins to speak (or did, since we last spoke).
    Speech,
    /// The far end has spoken since we last did, and has now been silent for so long.
    Silence { length: Duration },
}

impl Script {
    pub fn load(path: &Path) -> Result<Self, FileError> {
        let name = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|error| FileError::new(&name, error.to_string()))?;
        Self::parse(&name, &text, path.parent().unwrap_or(Path::new("")))
    }

    /// Reads a script. `file` is for messages; recordings are looked for in `folder`.
    pub fn parse(file: &str, text: &str, folder: &Path) -> Result<Self, FileError> {
        let raw: RawScript = parse_toml(file, text)?;
        if !VOICES.contains(&raw.voice.get_ref().as_str()) {
            let message = format!("voice: there is no voice \"{}\"", raw.voice.get_ref());
            let remedy = format!("the voices are {}", VOICES.join(", "));
            return Err(FileError::new(file, message)
                .at(text, raw.voice.span().start)
                .remedy(remedy));
        }
        if raw.steps.is_empty() {
            return Err(FileError::new(file, "steps: there are none").remedy("add a [[steps]] table"));
        }
        if raw.steps.len() > STEPS_MAX {
            return Err(FileError::new(file, format!("steps: more than {STEPS_MAX}")));
        }
        let steps = raw.steps.into_iter().map(|step| {
            let at = step.span().start;
            step.into_inner()
                .check(folder)
                .map_err(|fault| fault.in_file(file).at(text, at))
        });
        Ok(Self {
            voice: raw.voice.into_inner(),
            steps: steps.collect::<Result<_, _>>()?,
        })
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawScript {
    #[serde(default = "default_voice")]
    voice: Spanned<String>,
    steps: Vec<Spanned<RawStep>>,
}

fn default_voice() -> Spanned<String> {
    Spanned::new(0..0, "rms".to_owned())
}

/// A step as written: exactly one of the first eight keys.
#[derive(Debug, Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct RawStep {
    say: Option<String>,
    play: Option<PathBuf>,
    keys: Option<String>,
    wait_for: Option<String>,
    wait_ms: Option<u64>,
    barge_in: Option<RawBargeIn>,
    hangup: Option<bool>,
    expect_hangup: Option<bool>,
    /// With `wait_for = "silence"`: how much of it.
    ms: Option<u64>,
    deadline_ms: Option<u64>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawBargeIn {
    say: Option<String>,
    play: Option<PathBuf>,
    #[serde(default = "default_after_ms")]
    after_ms: u64,
}

const fn default_after_ms() -> u64 {
    500
}

/// What is wrong with a step, without its place.
struct Fault {
    message: String,
    remedy: &'static str,
}

impl Fault {
    fn new(message: impl Into<String>, remedy: &'static str) -> Self {
        Self {
            message: message.into(),
            remedy,
        }
    }

    fn in_file(self, file: &str) -> FileError {
        FileError::new(file, self.message).remedy(self.remedy)
    }
}

impl RawStep {
    fn check(self, folder: &Path) -> Result<Step, Fault> {
        let deadline = self.deadline_ms.map_or(DEADLINE, Duration::from_millis);
        let silence = self.ms.map_or(SILENCE, Duration::from_millis);
        let is_silence = self.wait_for.as_deref() == Some("silence");
        if self.ms.is_some() && !is_silence {
            return Err(Fault::new(
                "ms: belongs to wait_for = \"silence\"",
                "use wait_ms to wait for a time",
            ));
        }
        let mut actions = Vec::new();
        if let Some(text) = self.say {
            actions.push(Action::Say {
                text: speakable("say", text)?,
            });
        }
        if let Some(file) = self.play {
            actions.push(Action::Play {
                file: folder.join(file),
            });
        }
        if let Some(keys) = self.keys {
            actions.push(Action::Keys {
                keys: pressable(keys)?,
            });
        }
        if let Some(awaited) = self.wait_for {
            actions.push(Action::WaitFor(awaited_of(&awaited, silence)?));
        }
        if let Some(ms) = self.wait_ms {
            actions.push(Action::Wait {
                time: Duration::from_millis(ms),
            });
        }
        if let Some(RawBargeIn { say, play, after_ms }) = self.barge_in {
            let sound = match (say, play) {
                (Some(say), None) => Interruption::Said(speakable("barge_in.say", say)?),
                (None, Some(file)) => Interruption::Played(folder.join(file)),
                (None, None) | (Some(_), Some(_)) => {
                    return Err(Fault::new(
                        "barge_in: either say or play",
                        "write say = \"...\" or play = \"FILE.wav\"",
                    ));
                }
            };
            actions.push(Action::BargeIn {
                sound,
                after: Duration::from_millis(after_ms),
            });
        }
        actions.extend((self.hangup == Some(true)).then_some(Action::Hangup));
        actions.extend((self.expect_hangup == Some(true)).then_some(Action::ExpectHangup));
        let mut actions = actions.into_iter();
        match (actions.next(), actions.next()) {
            (Some(action), None) => Ok(Step { action, deadline }),
            (None, _) => Err(Fault::new("a step that does nothing", ONE_OF)),
            (Some(_), Some(_)) => Err(Fault::new("a step that does two things", "make it two steps")),
        }
    }
}

fn speakable(key: &str, text: String) -> Result<String, Fault> {
    if text.trim().is_empty() {
        return Err(Fault::new(format!("{key}: nothing to say"), "write a sentence"));
    }
    Ok(text)
}

fn pressable(keys: String) -> Result<String, Fault> {
    let wrong = keys.chars().find(|key| !"0123456789*#ABCDabcd".contains(*key));
    match wrong {
        Some(key) => Err(Fault::new(
            format!("keys: {key:?} is no key"),
            "0 to 9, *, #, A to D are",
        )),
        None if keys.is_empty() => Err(Fault::new("keys: none", "write some, like keys = \"123#\"")),
        None => Ok(keys),
    }
}

fn awaited_of(word: &str, length: Duration) -> Result<Awaited, Fault> {
    match word {
        "speech" => Ok(Awaited::Speech),
        "silence" => Ok(Awaited::Silence { length }),
        other => {
            let message = format!("wait_for: \"{other}\" is nothing to wait for");
            Err(Fault::new(message, "use \"speech\" or \"silence\""))
        }
    }
}

/// The voices Debian's flite has.
const VOICES: [&str; 6] = ["kal", "kal16", "awb", "awb_time", "rms", "slt"];
const ONE_OF: &str = "use one of say, play, keys, wait_for, wait_ms, barge_in, hangup, expect_hangup";
const STEPS_MAX: usize = 200;
const DEADLINE: Duration = Duration::from_secs(20);
/// Longer than the pauses between the sentences of one turn.
const SILENCE: Duration = Duration::from_millis(1_000);

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Script, String> {
        Script::parse("x.toml", text, Path::new("/scripts")).map_err(|error| error.to_string())
    }

    #[test]
    fn every_step_there_is() {
        let text = r##"
            voice = "awb"
            steps = [
              { wait_for = "silence", ms = 700, deadline_ms = 5000 },
              { say = "hello" }, { play = "a.wav" }, { keys = "12#" }, { wait_for = "speech" },
              { wait_ms = 50 }, { barge_in = { say = "stop", after_ms = 300 } },
              { barge_in = { play = "b.wav" } },
              { expect_hangup = true }, { hangup = true },
            ]
        "##;
        let script = parse(text).unwrap();
        let ms = Duration::from_millis;
        let actions: Vec<Action> = script.steps.iter().map(|step| step.action.clone()).collect();
        assert_eq!(
            actions,
            [
                Action::WaitFor(Awaited::Silence { length: ms(700) }),
                Action::Say { text: "hello".into() },
                Action::Play {
                    file: "/scripts/a.wav".into()
                },
                Action::Keys { keys: "12#".into() },
                Action::WaitFor(Awaited::Speech),
                Action::Wait { time: ms(50) },
                Action::BargeIn {
                    sound: Interruption::Said("stop".into()),
                    after: ms(300)
                },
                Action::BargeIn {
                    sound: Interruption::Played("/scripts/b.wav".into()),
                    after: ms(500)
                },
                Action::ExpectHangup,
                Action::Hangup,
            ]
        );
        assert_eq!(
            (script.steps[0].deadline, script.steps[1].deadline),
            (ms(5_000), DEADLINE)
        );
        assert_eq!(script.voice, "awb");
    }

    #[test]
    fn faults_name_file_line_and_key() {
        let check = |text: &str, expect: &str| assert_eq!(parse(text), Err(expect.to_owned()), "{text}");
        check(
            "steps = []",
            "x.toml: steps: there are none; add a [[steps]] table",
        );
        check(
            "[[steps]]\nsayy = \"x\"",
            "x.toml:2: unknown key \"sayy\"; did you mean \"say\"?",
        );
        check(
            "[[steps]]\nsay = \"x\"\n[[steps]]\nsay = \"x\"\nkeys = \"1\"",
            "x.toml:3: a step that does two things; make it two steps",
        );
        check(
            "\n[[steps]]\n",
            "x.toml:2: a step that does nothing; use one of say, play, keys, wait_for, wait_ms, barge_in, \
             hangup, expect_hangup",
        );
        check(
            "[[steps]]\nsay = \" \"",
            "x.toml:1: say: nothing to say; write a sentence",
        );
        check(
            "[[steps]]\nbarge_in = { after_ms = 300 }",
            "x.toml:1: barge_in: either say or play; write say = \"...\" or play = \"FILE.wav\"",
        );
        check(
            "[[steps]]\nkeys = \"12x\"",
            "x.toml:1: keys: 'x' is no key; 0 to 9, *, #, A to D are",
        );
        check(
            "[[steps]]\nwait_for = \"rain\"",
            "x.toml:1: wait_for: \"rain\" is nothing to wait for; use \"speech\" or \"silence\"",
        );
        check(
            "[[steps]]\nwait_for = \"speech\"\nms = 5",
            "x.toml:1: ms: belongs to wait_for = \"silence\"; use wait_ms to wait for a time",
        );
        check(
            "voice = \"anna\"\n[[steps]]\nhangup = true",
            "x.toml:1: voice: there is no voice \"anna\"; the voices are kal, kal16, awb, awb_time, rms, slt",
        );
    }

    #[test]
    fn the_scripts_that_ship_are_right() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts");
        let mut found = 0;
        for entry in std::fs::read_dir(&folder).unwrap() {
            Script::load(&entry.unwrap().path()).unwrap();
            found += 1;
        }
        assert!(found > 0);
    }
}
