//! Requests as they arrive: into their dialog, or answered outside of any (RFC 3261 §8.2, §12.2.2).

use std::net::SocketAddr;
use std::sync::Arc;

use rsipstack::sip::prelude::HeadersExt;
use rsipstack::sip::{Header, Method, StatusCode};
use rsipstack::transaction::transaction::Transaction;

use super::headers;
use super::incoming;
use super::stack::Shared;
use super::wire::tag_of;

/// Handles one request to the end of its transaction.
pub(crate) async fn on_request(shared: Arc<Shared>, mut transaction: Transaction) {
    let Some(source) = source_of(&transaction) else {
        return;
    };
    if in_dialog(&transaction) {
        return on_dialog_request(&shared, transaction, source).await;
    }
    if is_stranger(&shared, source) {
        return;
    }
    match transaction.original.method {
        Method::Invite => incoming::on_invite(shared, transaction, source).await,
        Method::Options => {
            let mut about_us = headers::capabilities();
            about_us.push(Header::Accept(headers::ACCEPT.to_owned().into()));
            reply(&mut transaction, StatusCode::OK, about_us).await;
        }
        Method::Ack | Method::Cancel => {}
        Method::Bye | Method::Info | Method::Update | Method::Notify => {
            reply(
                &mut transaction,
                StatusCode::CallTransactionDoesNotExist,
                Vec::new(),
            )
            .await;
        }
        Method::Message
        | Method::PRack
        | Method::Publish
        | Method::Refer
        | Method::Register
        | Method::Subscribe => {
            let allow = vec![Header::Allow(headers::ALLOW.to_owned().into())];
            reply(&mut transaction, StatusCode::MethodNotAllowed, allow).await;
        }
    }
}

async fn on_dialog_request(shared: &Shared, mut transaction: Transaction, source: SocketAddr) {
    let Some(mut dialog) = shared.layer.match_dialog(&transaction) else {
        if transaction.original.method != Method::Ack && !is_stranger(shared, source) {
            reply(
                &mut transaction,
                StatusCode::CallTransactionDoesNotExist,
                Vec::new(),
            )
            .await;
        }
        return;
    };
    if let Err(error) = dialog.handle(&mut transaction).await {
        tracing::debug!(%error, "request inside a dialog ended with an error");
    }
}

fn in_dialog(transaction: &Transaction) -> bool {
    transaction
        .original
        .to_header()
        .is_ok_and(|to| tag_of(to.value()).is_some())
}

/// Whether this source is to hear nothing outside of dialogs. The door has seen to it; what it let in for a
/// dialog that has ended meanwhile comes here.
fn is_stranger(shared: &Shared, source: SocketAddr) -> bool {
    !shared.screen.knows(source.ip()) && !shared.screen.answers_strangers()
}

async fn reply(transaction: &mut Transaction, status: StatusCode, fields: Vec<Header>) {
    if let Err(error) = transaction.reply_with(status, fields, None).await {
        tracing::debug!(%error, "a response was not sent");
    }
}

fn source_of(transaction: &Transaction) -> Option<SocketAddr> {
    transaction
        .connection
        .as_ref()?
        .get_remote_addr()?
        .get_socketaddr()
        .ok()
}
