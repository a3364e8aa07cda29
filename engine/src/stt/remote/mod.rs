//! A recogniser of open speech elsewhere, by `engine/v1/speech.proto`: one stream an utterance, a deadline
//! for the answer, a breaker before it, and the local Whisper, if there is one, when it fails.

mod exchange;
mod fallback;
pub(crate) mod lane;
#[cfg(feature = "whisper")]
pub mod serve;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use engine_core::speech::recognition::RecogniserKind;
use proto::engine::v1::speech_service_client::SpeechServiceClient;
use tokio::runtime::Handle;
use tonic::transport::{Channel, Endpoint};

use crate::breaker::Breaker;
use crate::stt::config::RemoteConfig;
use crate::stt::{ModelInfo, SttStartError};
pub(crate) use fallback::Fallback;

/// The connection, shared by all calls. It is made when first used, and again when it breaks.
#[derive(Debug)]
pub(crate) struct RemoteRecogniser {
    client: SpeechServiceClient<Channel>,
    breaker: Breaker,
    /// From the end of an utterance to its answer.
    answer: Duration,
    language: String,
    runtime: Handle,
}

impl RemoteRecogniser {
    /// `None` when the configuration names no address.
    pub(crate) fn connect(config: &RemoteConfig, language: &str) -> Result<Option<Arc<Self>>, SttStartError> {
        let Some(address) = &config.address else {
            return Ok(None);
        };
        let wrong = |reason: String| SttStartError::RemoteAddress {
            address: address.clone(),
            reason,
        };
        let runtime = Handle::try_current().map_err(|error| wrong(error.to_string()))?;
        let endpoint = Endpoint::from_shared(address.clone())
            .map_err(|error| wrong(error.to_string()))?
            .connect_timeout(Duration::from_millis(config.connect_timeout_ms.into()))
            .tcp_nodelay(true)
            .http2_keep_alive_interval(Duration::from_secs(10))
            .keep_alive_timeout(Duration::from_secs(5))
            .keep_alive_while_idle(true);
        let _inside = runtime.enter();
        let client =
            SpeechServiceClient::new(endpoint.connect_lazy()).max_decoding_message_size(MESSAGE_MAX_BYTES);
        let pause = Duration::from_millis(config.breaker_pause_ms.into());
        Ok(Some(Arc::new(Self {
            client,
            breaker: Breaker::new(BREAKER_GAUGE, config.breaker_failures.into(), pause),
            answer: Duration::from_millis(config.answer_ms.into()),
            language: language.to_owned(),
            runtime: runtime.clone(),
        })))
    }
}

pub(crate) fn info(address: &str) -> ModelInfo {
    ModelInfo {
        kind: RecogniserKind::Remote,
        name: address.to_owned(),
        version: format!("remote {address}"),
        path: PathBuf::new(),
        measured: "its server knows".to_owned(),
    }
}

const BREAKER_GAUGE: &str = "hark_remote_recogniser_breaker_open";

/// A transcript is a few hundred bytes; what is far longer is no answer.
const MESSAGE_MAX_BYTES: usize = 64 * 1024;

#[cfg(feature = "whisper")]
#[cfg(test)]
mod tests;
