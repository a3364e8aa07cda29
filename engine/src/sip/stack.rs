//! The SIP stack as a whole: start it, hear calls, place calls.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rsipstack::dialog::dialog_layer::DialogLayer;
use rsipstack::sip::uri::ParamsExt;
use rsipstack::sip::{Auth, Header, Host, HostWithPort, Method, Param, Scheme, Uri};
use rsipstack::transaction::endpoint::{Endpoint, EndpointOption};
use rsipstack::transaction::transaction::Transaction;
use rsipstack::transaction::{EndpointBuilder, TransactionReceiver};
use rsipstack::transport::TransportLayer;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::admission::Admission;
use super::call::IncomingCall;
use super::config::{SipConfig, Transport};
use super::dial::{self, DialRequest};
use super::dialplan::Dialplan;
use super::error::{SipError, SipStartError};
use super::leg::SipLeg;
use super::listen;
use super::opened::OpenedDoor;
use super::rejection::Rejections;
use super::requests;
use super::screen::Screen;
use super::streams::{self, Streams};
use super::trunks::TrunkTable;
use super::wire::uri_fault;

/// New calls that may wait for the application; the next is refused with 503.
const INBOX: usize = 64;

/// The entry: [`SipStack::start`].
#[derive(Debug)]
pub struct SipStack;

/// A running stack. Clones share it; it stops with the token it was started with.
#[derive(Clone)]
pub struct SipHandle {
    shared: Arc<Shared>,
}

impl std::fmt::Debug for SipHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SipHandle")
            .field("addresses", &self.shared.addresses)
            .finish_non_exhaustive()
    }
}

/// What every dialog of the stack uses.
pub(crate) struct Shared {
    pub(crate) config: Arc<SipConfig>,
    pub(crate) trunks: TrunkTable,
    pub(crate) dialplan: Dialplan,
    pub(crate) admission: Arc<Admission>,
    pub(crate) rejections: Arc<Rejections>,
    pub(crate) layer: Arc<DialogLayer>,
    pub(crate) screen: Arc<Screen>,
    pub(crate) inbox: mpsc::Sender<IncomingCall>,
    pub(crate) tasks: TaskTracker,
    /// One task for each dialog, until the far end has acknowledged its end or was given up.
    pub(crate) dialogs: TaskTracker,
    pub(crate) addresses: Vec<(Transport, SocketAddr)>,
}

impl SipStack {
    /// Binds, begins to serve, and returns the way to place calls and the inbox of calls that come in.
    pub async fn start(
        config: SipConfig,
        trunks: TrunkTable,
        dialplan: Dialplan,
        admission: Arc<Admission>,
        stop: CancellationToken,
    ) -> Result<(SipHandle, mpsc::Receiver<IncomingCall>), SipStartError> {
        let mut sockets = listen::bind(&config)?;
        let addresses = sockets.addresses();
        let rejections = Arc::new(Rejections::default());
        let screen = Arc::new(Screen::new(
            trunks.clone(),
            rejections.clone(),
            &config,
            Instant::now(),
        ));
        let tasks = TaskTracker::new();
        let opened = OpenedDoor {
            screen: screen.clone(),
            accepted: sockets.tcp.as_ref().and_then(streams::local_address),
            tasks: tasks.clone(),
        };
        let transport = TransportLayer::new(stop.child_token());
        listen::attach(&transport, &mut sockets, &screen).await?;
        let endpoint = EndpointBuilder::new()
            .with_user_agent(&config.user_agent)
            .with_transport_layer(transport)
            .with_cancel_token(stop.child_token())
            .with_allows(served_methods())
            .with_transport_inspector(Box::new(opened))
            .with_option(EndpointOption {
                callid_suffix: Some("hark".to_owned()),
                ..EndpointOption::default()
            })
            .build();
        let requests = endpoint
            .incoming_transactions()
            .map_err(|error| SipStartError::Stack(error.to_string()))?;
        let (inbox, calls) = mpsc::channel(INBOX);
        let layer = Arc::new(DialogLayer::new(endpoint.inner.clone()));
        screen.consult(&layer);
        let shared = Arc::new(Shared {
            config: Arc::new(config),
            trunks,
            dialplan,
            admission,
            rejections,
            layer,
            screen: screen.clone(),
            inbox,
            tasks,
            dialogs: TaskTracker::new(),
            addresses,
        });
        if let Some(listener) = sockets.tcp.take() {
            let streams = Streams::attach(&endpoint.inner.transport_layer, &listener, screen, &stop)
                .await
                .map_err(|error| SipStartError::Stack(error.to_string()))?;
            let listener = tokio::net::TcpListener::from_std(listener)
                .map_err(|error| SipStartError::Stack(error.to_string()))?;
            shared.tasks.spawn(streams.serve(listener, stop.clone()));
        }
        shared.tasks.spawn(serve(endpoint));
        shared
            .tasks
            .spawn(receive(shared.clone(), requests, stop.clone()));
        Ok((SipHandle { shared }, calls))
    }
}

impl SipHandle {
    /// Places a call. The leg reports ringing, answer or failure.
    pub async fn dial(&self, request: DialRequest) -> Result<SipLeg, SipError> {
        dial::dial(&self.shared, request).await
    }

    /// Our address on the way to `uri`: what the SDP of a call to it shall name, unless media has one of its own.
    pub async fn local_ip_for(&self, uri: &str) -> Result<IpAddr, SipError> {
        Ok(self.shared.local_ip_of(&sip_uri(uri)?).await)
    }

    /// The addresses we listen on, with the ports the system chose.
    pub fn addresses(&self) -> &[(Transport, SocketAddr)] {
        &self.shared.addresses
    }

    /// The recent refusals.
    pub fn rejections(&self) -> Arc<Rejections> {
        self.shared.rejections.clone()
    }

    /// Dialogs the stack still holds, in both directions.
    pub fn dialogs(&self) -> usize {
        self.shared.layer.len()
    }

    /// Waits until every dialog has ended and its BYE is answered, but not longer than `limit`; false when
    /// some were left. For the end: the stack repeats a lost BYE only while it runs.
    pub async fn drained(&self, limit: Duration) -> bool {
        self.shared.dialogs.close();
        tokio::time::timeout(limit, self.shared.dialogs.wait())
            .await
            .is_ok()
    }
}

impl Shared {
    pub(crate) fn retry_after(&self) -> Header {
        Header::RetryAfter(self.config.retry_after_s.to_string().into())
    }

    pub(crate) fn trunk_name(&self, source: SocketAddr) -> String {
        self.trunks
            .trunk_of(source.ip())
            .map(|trunk| trunk.name.clone())
            .unwrap_or_default()
    }

    /// The address a peer reaches us at.
    pub(crate) fn local_ip_towards(&self, peer: IpAddr) -> IpAddr {
        if let Some(advertised) = self.config.advertise {
            return advertised;
        }
        let listen = self.config.listen.ip();
        if !listen.is_unspecified() {
            return listen;
        }
        route_source(peer).unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST))
    }

    pub(crate) async fn local_ip_of(&self, uri: &Uri) -> IpAddr {
        let peer = address_of(uri).await;
        self.local_ip_towards(peer.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST)))
    }

    /// Our Contact for a dialog that a peer begins.
    pub(crate) fn contact_towards(&self, peer: SocketAddr, transaction: &Transaction) -> Option<Uri> {
        let transport = match transaction.connection.as_ref().map(|c| c.transport()) {
            Some(rsipstack::sip::Transport::Tcp) => Transport::Tcp,
            _ => Transport::Udp,
        };
        Some(self.contact(self.local_ip_towards(peer.ip()), transport))
    }

    /// Our Contact for a dialog that we begin with a callee at `peer`.
    pub(crate) fn contact_for(&self, callee: &Uri, peer: Option<IpAddr>) -> Uri {
        let transport = match callee.transport() {
            Some(rsipstack::sip::Transport::Tcp) => Transport::Tcp,
            _ => Transport::Udp,
        };
        let peer = peer.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
        self.contact(self.local_ip_towards(peer), transport)
    }

    fn contact(&self, ip: IpAddr, transport: Transport) -> Uri {
        let port = self
            .addresses
            .iter()
            .find(|(bound, _)| *bound == transport)
            .or_else(|| self.addresses.first())
            .map_or(self.config.listen.port(), |(_, address)| address.port());
        let params = match transport {
            Transport::Udp => Vec::new(),
            Transport::Tcp => vec![Param::Transport(rsipstack::sip::Transport::Tcp)],
        };
        Uri {
            scheme: Some(Scheme::Sip),
            auth: Some(Auth {
                user: "hark".to_owned(),
                password: None,
            }),
            host_with_port: HostWithPort {
                host: Host::IpAddr(ip),
                port: Some(port.into()),
            },
            params,
            ..Uri::default()
        }
    }
}

/// Reads an address to call.
pub(crate) fn sip_uri(text: &str) -> Result<Uri, SipError> {
    let scheme = text.split(':').next().unwrap_or_default();
    let is_sip = scheme.eq_ignore_ascii_case("sip") || scheme.eq_ignore_ascii_case("sips");
    if !is_sip || uri_fault(text).is_some() {
        return Err(SipError::BadUri(text.to_owned()));
    }
    Uri::try_from(text).map_err(|_| SipError::BadUri(text.to_owned()))
}

/// The source address the system would use towards `peer`. Connecting a UDP socket sends nothing.
fn route_source(peer: IpAddr) -> Option<IpAddr> {
    let any = SocketAddr::new(
        match peer {
            IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            IpAddr::V6(_) => IpAddr::V6(std::net::Ipv6Addr::UNSPECIFIED),
        },
        0,
    );
    let socket = UdpSocket::bind(any).ok()?;
    socket.connect(SocketAddr::new(peer, 9)).ok()?;
    Some(socket.local_addr().ok()?.ip())
}

/// How long a name may take to resolve.
const RESOLVE_LIMIT: Duration = Duration::from_secs(3);

/// The address of a URI's host; nothing when its name does not resolve in time.
pub(crate) async fn address_of(uri: &Uri) -> Option<IpAddr> {
    match &uri.host_with_port.host {
        Host::IpAddr(ip) => Some(*ip),
        Host::Domain(name) => resolve(name.to_string()).await,
    }
}

async fn resolve(name: String) -> Option<IpAddr> {
    let found = tokio::time::timeout(RESOLVE_LIMIT, tokio::net::lookup_host((name, 5060))).await;
    Some(found.ok()?.ok()?.next()?.ip())
}

fn served_methods() -> Vec<Method> {
    vec![
        Method::Invite,
        Method::Ack,
        Method::Cancel,
        Method::Bye,
        Method::Options,
        Method::Info,
        Method::Update,
        Method::Notify,
    ]
}

async fn serve(endpoint: Endpoint) {
    endpoint.serve().await;
}

async fn receive(shared: Arc<Shared>, mut requests: TransactionReceiver, stop: CancellationToken) {
    loop {
        let transaction = tokio::select! {
            () = stop.cancelled() => break,
            request = requests.recv() => match request {
                Some(transaction) => transaction,
                None => break,
            },
        };
        let shared = shared.clone();
        shared
            .tasks
            .clone()
            .spawn(requests::on_request(shared, transaction));
    }
}

#[cfg(test)]
mod tests {
    use super::super::{headers, rules};

    #[test]
    fn the_stack_serves_what_we_say_that_we_serve() {
        let served: Vec<String> = super::served_methods().iter().map(ToString::to_string).collect();
        assert_eq!(served.join(", "), headers::ALLOW);
        assert_eq!(rules::SERVED.join(", "), headers::ALLOW);
    }
}
