//! The doors to everything slow, as a call's task sees them. Handles only: cloning is cheap, and
//! each owner behind a handle is one task or pool.

use std::sync::Arc;

use engine_core::call::record::{CallRecord, TurnRecord};
use engine_core::ids::CallId;
use tokio::sync::broadcast;

use crate::commerce::Shop;
use crate::flow::live::LiveSite;
use crate::media::MediaConfig;
use crate::media::ports::Ports;
use crate::media::recorder::Recorder;
use crate::routing::RouterHandle;
use crate::sip::SipHandle;
use crate::store::Store;
use crate::stt::Hearing;
use crate::tts::Prompts;

/// What a call needs from the rest of the program.
#[derive(Debug, Clone)]
pub struct Services {
    /// What new calls get.
    pub site: LiveSite,
    pub shop: Shop,
    pub store: Store,
    pub hearing: Arc<Hearing>,
    pub voice: Arc<Prompts>,
    pub router: RouterHandle,
    pub sip: SipHandle,
    pub ports: Ports,
    pub media: Arc<MediaConfig>,
    /// `None` when calls are not recorded.
    pub recorder: Option<Recorder>,
    /// Whoever watches calls as they happen: the demonstration, the pages. Nobody need listen.
    pub notices: broadcast::Sender<CallNotice>,
}

/// Something happened in some call. For watchers; the store is told separately and first.
#[derive(Debug, Clone)]
pub enum CallNotice {
    Started {
        call: CallId,
        trunk: String,
        dialled: String,
    },
    Turn(Arc<TurnRecord>),
    Ended(Arc<CallRecord>),
}
