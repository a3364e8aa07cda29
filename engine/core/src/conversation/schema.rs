//! The shape of flow and prompt files as JSON Schema, for editors: made from the very names that the loader
//! accepts, so that the two cannot differ.

use serde_json::{Map, Value, json};

use crate::conversation::facts::Fact;
use crate::conversation::flow::{Query, Subject};
use crate::conversation::load::{FLOW_KEYS, ROOT_ONLY};
use crate::conversation::named::Named as _;
use crate::conversation::operation::Operation;
use crate::conversation::prompt::CLAIMS;
use crate::conversation::step::{
    AMONG, BARGE_IN, EXPECTATIONS, NO_INPUT_MS, OUTCOMES, PACES, STEP_KEYS, WORDING_KEYS, kind_names,
};

/// For `models/flows/*.toml`.
pub fn flows() -> Value {
    let properties: Map<String, Value> = FLOW_KEYS
        .iter()
        .map(|key| ((*key).to_owned(), flow_value(key)))
        .collect();
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "A flow of Hark",
        "description": format!("models/flows/README.md explains it. Only `main` has {}.", ROOT_ONLY.join(", ")),
        "type": "object",
        "properties": properties,
        "required": ["flow", "label", "steps"],
        "additionalProperties": false,
    })
}

/// For `models/prompts/*/*.toml`.
pub fn prompts() -> Value {
    let text = json!({ "anyOf": [
        { "type": "string" },
        { "type": "array", "items": { "type": "string" }, "minItems": 1 },
    ] });
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Sentences of Hark",
        "description": "A sentence, or several that are said in turn; values stand in braces: {draft}, {slot.size}.",
        "type": "object",
        "additionalProperties": { "anyOf": [text, {
            "type": "object",
            "properties": { "text": text, "states": { "enum": CLAIMS } },
            "required": ["text"],
            "additionalProperties": false,
        }] },
    })
}

fn flow_value(key: &str) -> Value {
    match key {
        "intents" | "topics" | "brings" | "takes_from" => words(),
        "phrases" => json!({ "anyOf": [words(), { "type": "object", "additionalProperties": words() }] }),
        "steps" => json!({
            "type": "object",
            "minProperties": 1,
            "additionalProperties": { "anyOf": steps() },
        }),
        "commands" => json!({ "type": "object", "additionalProperties": { "type": "string" } }),
        "fallbacks" => json!({
            "type": "object",
            "properties": { "give_up": text(), "silent": text(), "after": text() },
            "required": ["give_up", "silent", "after"],
            "additionalProperties": false,
        }),
        "policy" => {
            let fraction = json!({ "type": "number", "minimum": 0, "maximum": 1 });
            json!({
                "type": "object",
                "properties": {
                    "intent_accept": fraction,
                    "intent_ask": fraction,
                    "slot_accept": fraction,
                    "later_days": { "type": "integer", "minimum": 1, "maximum": 90 },
                },
                "additionalProperties": false,
            })
        }
        _ => text(),
    }
}

/// One shape for each kind of step, and for each question to the shop.
fn steps() -> Vec<Value> {
    let mut shapes = Vec::new();
    for kind in kind_names() {
        let own = STEP_KEYS.iter().find(|(name, _)| *name == kind);
        let own = own.map_or(&[][..], |(_, keys)| keys);
        match kind {
            "lookup" => shapes.extend(Query::ALL.iter().map(|query| {
                let keys = [own, query.branches()].concat();
                let mut shape = step(kind, &keys, &keys);
                set(&mut shape, "lookup", json!({ "const": query.name() }));
                shape
            })),
            "commit" => shapes.extend(Subject::ALL.iter().map(|what| {
                let keys = [own, what.branches()].concat();
                let mut shape = step(kind, &keys, &keys);
                set(&mut shape, "commit", json!({ "const": what.name() }));
                shape
            })),
            "ask" => shapes.push(step(
                kind,
                &[own, WORDING_KEYS].concat(),
                &["ask", "expect", "prompt"],
            )),
            "confirm" => shapes.push(step(
                kind,
                &[own, WORDING_KEYS].concat(),
                &["confirm", "prompt", "yes", "no"],
            )),
            _ => {
                let optional = ["barge_in", "reason"];
                let needed: Vec<&str> = own
                    .iter()
                    .copied()
                    .filter(|key| !optional.contains(key))
                    .collect();
                shapes.push(step(kind, own, &needed));
            }
        }
    }
    shapes
}

fn step(kind: &str, keys: &[&str], needed: &[&str]) -> Value {
    let properties: Map<String, Value> = keys
        .iter()
        .map(|key| ((*key).to_owned(), step_value(kind, key)))
        .collect();
    json!({
        "title": kind,
        "type": "object",
        "properties": properties,
        "required": needed,
        "additionalProperties": false,
    })
}

fn step_value(kind: &str, key: &str) -> Value {
    let outcomes: Vec<&str> = OUTCOMES.iter().map(|(name, _)| *name).collect();
    match (kind, key) {
        ("decide", "decide") => json!({
            "type": "array",
            "items": {
                "type": "object",
                "properties": { "when": condition(), "go": text() },
                "required": ["when", "go"],
                "additionalProperties": false,
            },
        }),
        ("do", "do") => json!({ "enum": Operation::NAMES }),
        ("prefetch", "prefetch") => json!({ "enum": Query::NAMES }),
        ("confirm", "confirm") => json!({ "enum": Subject::NAMES }),
        ("route", "route") => json!({ "enum": ["intent"] }),
        ("done", "done") => json!({ "enum": outcomes }),
        ("end", "end") => {
            let ends: Vec<&str> = outcomes.into_iter().chain(["so_far"]).collect();
            json!({ "enum": ends })
        }
        (_, "expect") => json!({ "enum": EXPECTATIONS }),
        (_, "among") => json!({ "enum": AMONG }),
        (_, "barge_in") => json!({ "enum": BARGE_IN }),
        (_, "pace") => json!({ "enum": PACES }),
        (_, "min" | "max") => json!({ "type": "integer", "minimum": 0 }),
        (_, "no_input_ms") => {
            json!({ "type": "integer", "minimum": NO_INPUT_MS.start(), "maximum": NO_INPUT_MS.end() })
        }
        (_, "on") => json!({ "type": "object", "additionalProperties": { "type": "string" } }),
        (_, "keys") => json!({
            "type": "object",
            "patternProperties": { "^[0-9]$": { "type": "string" } },
            "additionalProperties": false,
        }),
        (_, "choices") => json!({
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "value": text(),
                    "spoken": { "anyOf": [text(), { "type": "array", "items": text() }] },
                },
                "required": ["value"],
                "additionalProperties": false,
            },
        }),
        (_, _) => text(),
    }
}

/// A condition, with every fact there is for completion to offer.
fn condition() -> Value {
    json!({
        "type": "string",
        "description": format!("Facts: {}; slots: slot.NAME. Join with and, or; turn with not.", Fact::NAMES.join(", ")),
    })
}

fn words() -> Value {
    json!({ "anyOf": [text(), { "type": "array", "items": text() }] })
}

fn text() -> Value {
    json!({ "type": "string" })
}

fn set(shape: &mut Value, key: &str, value: Value) {
    if let Some(place) = shape.pointer_mut(&format!("/properties/{key}")) {
        *place = value;
    }
}
