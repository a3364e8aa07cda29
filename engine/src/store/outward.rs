//! Whom Hark must not call: those who have said so, for good or for some days, and those whom it has called lately.
//! Only a hash of a number is kept; it tells nobody the number who does not try them all.

use std::time::Duration;

use engine_core::ids::CallId;
use engine_core::pii::Pii;
use sha2::{Digest, Sha256};
use sqlx::SqliteConnection;

use super::writer::Write;
use super::{Reader, Store, StoreError, now_ms};

impl Store {
    /// This number is about to be called; done when that is on disk.
    pub async fn called_out(&self, number: &Pii<String>) -> Result<(), StoreError> {
        self.write(Write::CalledOut {
            number_hash: hash(number),
        })
        .await
    }

    /// The number of this call is not to be called again; done when that is on disk.
    pub async fn stop_calls(&self, call: &CallId) -> Result<(), StoreError> {
        self.write(Write::StopCalls { call: call.clone() }).await
    }

    /// Nor for so many days; done when that is on disk.
    pub async fn put_off(&self, call: &CallId, days: u32) -> Result<(), StoreError> {
        let call = call.clone();
        self.write(Write::PutOff { call, days }).await
    }
}

impl Reader {
    /// Whether whoever has this number wants no calls from Hark.
    pub async fn must_not_call(&self, number: &Pii<String>) -> Result<bool, StoreError> {
        let row = sqlx::query("SELECT 1 FROM do_not_call WHERE number_hash = ?")
            .bind(hash(number))
            .fetch_optional(&self.pool)
            .await?;
        Ok(row.is_some())
    }

    /// For how many days yet Hark does not call whoever has this number, who said "later".
    pub async fn is_put_off(&self, number: &Pii<String>) -> Result<Option<u32>, StoreError> {
        let until: Option<i64> =
            sqlx::query_scalar("SELECT until_ms FROM put_off WHERE number_hash = ? AND until_ms > ?")
                .bind(hash(number))
                .bind(now_ms())
                .fetch_optional(&self.pool)
                .await?;
        let left_ms = until.map(|until| until.saturating_sub(now_ms()));
        // A day that has begun counts.
        let days = left_ms.map(|left| left.saturating_add(DAY_MS - 1) / DAY_MS);
        Ok(days.map(|days| u32::try_from(days).unwrap_or(u32::MAX)))
    }

    /// Whether Hark has called this number within so long.
    pub async fn was_called(&self, number: &Pii<String>, within: Duration) -> Result<bool, StoreError> {
        let since = now_ms().saturating_sub(i64::try_from(within.as_millis()).unwrap_or(i64::MAX));
        let row = sqlx::query("SELECT 1 FROM called_out WHERE number_hash = ? AND called_ms > ?")
            .bind(hash(number))
            .bind(since)
            .fetch_optional(&self.pool)
            .await?;
        Ok(row.is_some())
    }
}

pub(super) async fn called(connection: &mut SqliteConnection, number_hash: &str) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO called_out (number_hash, called_ms) VALUES (?1, ?2)
         ON CONFLICT (number_hash) DO UPDATE SET called_ms = ?2",
    )
    .bind(number_hash)
    .bind(now_ms())
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn put_off(
    connection: &mut SqliteConnection,
    number: Option<&Pii<String>>,
    days: u32,
) -> Result<(), sqlx::Error> {
    let Some(number) = number.filter(|number| !number.expose().is_empty()) else {
        return Ok(());
    };
    sqlx::query(
        "INSERT INTO put_off (number_hash, until_ms) VALUES (?1, ?2)
         ON CONFLICT (number_hash) DO UPDATE SET until_ms = max(until_ms, ?2)",
    )
    .bind(hash(number))
    .bind(now_ms().saturating_add(i64::from(days) * DAY_MS))
    .execute(connection)
    .await?;
    Ok(())
}

/// Without a number there is nothing to be kept from calling.
pub(super) async fn stop(
    connection: &mut SqliteConnection,
    number: Option<&Pii<String>>,
) -> Result<(), sqlx::Error> {
    let Some(number) = number.filter(|number| !number.expose().is_empty()) else {
        return Ok(());
    };
    sqlx::query("INSERT INTO do_not_call (number_hash, created_ms) VALUES (?, ?) ON CONFLICT DO NOTHING")
        .bind(hash(number))
        .bind(now_ms())
        .execute(connection)
        .await?;
    Ok(())
}

/// Of its digits: "+1 555" and "1555" are one number.
fn hash(number: &Pii<String>) -> String {
    let digits: String = number.expose().chars().filter(char::is_ascii_digit).collect();
    let hash = Sha256::digest(format!("hark do not call {digits}"));
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

const DAY_MS: i64 = 86_400_000;

#[cfg(test)]
mod tests {
    use engine_core::ids::CallId;
    use engine_core::pii::Pii;

    use crate::store::calls::{CallMeta, Protocol};
    use crate::store::{Store, StoreConfig};

    #[tokio::test]
    async fn who_wants_no_calls_is_known_by_the_number_and_not_by_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hark.db");
        let config = StoreConfig {
            path: path.clone(),
            ..StoreConfig::default()
        };
        let store = Store::open(&config).await.unwrap();
        let call = CallId::new("c1");
        store
            .call_started(CallMeta {
                call: call.clone(),
                caller: Pii::new("+1 (555) 765-4321".to_owned()),
                dialled: "shop".to_owned(),
                trunk: "lab".to_owned(),
                protocol: Protocol::Sip,
                recording: None,
            })
            .unwrap();
        let known = async |number: &str| {
            let number = Pii::new(number.to_owned());
            store.reader().must_not_call(&number).await.unwrap()
        };
        assert!(!known("+15557654321").await);
        store.stop_calls(&call).await.unwrap();
        store.stop_calls(&call).await.unwrap();
        assert!(known("+15557654321").await);
        assert!(!known("+15557654322").await);
        let days = async |number: &str| {
            let number = Pii::new(number.to_owned());
            store.reader().is_put_off(&number).await.unwrap()
        };
        assert_eq!(days("+15557654321").await, None);
        store.put_off(&call, 7).await.unwrap();
        store.put_off(&call, 2).await.unwrap();
        assert_eq!(days("15557654321").await, Some(7), "the longer holds");
        assert_eq!(days("+15557654322").await, None);
        let kept = std::fs::read(&path).unwrap();
        assert!(!kept.windows(7).any(|bytes| bytes == b"7654321"));
    }
}
