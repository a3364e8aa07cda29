//! The bounded queue of the workers: answers before speculation, and both before what may only save work
//! later; of equals the oldest. whisper.cpp decodes one sound at a time, so this order is all the batching
//! there can be.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use engine_core::speech::recognition::RecognitionResult;

use super::task::{Task, Urgency};

#[derive(Debug)]
pub(super) struct TaskQueue {
    inner: Mutex<Inner>,
    arrived: Condvar,
    max: usize,
}

#[derive(Debug, Default)]
struct Inner {
    /// In order of arrival.
    waiting: Vec<Arc<Task>>,
    /// With the workers now.
    running: Vec<Arc<Task>>,
    /// Workers that wait for a task.
    idle: usize,
    closed: bool,
}

impl TaskQueue {
    pub(super) fn new(max: usize) -> Self {
        Self {
            inner: Mutex::default(),
            arrived: Condvar::new(),
            max: max.max(1),
        }
    }

    /// `false`: full of what is no less urgent (or closed). A less urgent task gives up its place.
    pub(super) fn push(&self, task: Arc<Task>) -> bool {
        let mut inner = self.inner();
        inner.waiting.retain(|waiting| !waiting.is_aborted());
        if inner.closed || inner.waiting.len() >= self.max && !inner.displace(task.urgency()) {
            return false;
        }
        inner.waiting.push(task);
        drop(inner);
        self.arrived.notify_one();
        true
    }

    /// A task has become an answer: where no worker is free, one leaves off what is least urgent.
    pub(super) fn hurry(&self, task: &Arc<Task>) {
        let inner = self.inner();
        let is_running = |task: &Arc<Task>| inner.running.iter().any(|running| Arc::ptr_eq(running, task));
        if inner.idle > 0 || is_running(task) {
            return;
        }
        if let Some(hypothesis) = inner
            .running
            .iter()
            .find(|running| running.urgency() == Urgency::Hypothesis)
        {
            hypothesis.abort();
        }
    }

    /// Waits for the next task; `None` when the queue is closed. What comes too late is not begun.
    pub(super) fn pop(&self) -> Option<Arc<Task>> {
        let mut inner = self.inner();
        loop {
            if inner.closed {
                return None;
            }
            match inner.next() {
                Some(task) if task.is_aborted() => {}
                Some(task) if task.deadline().is_some_and(|deadline| deadline <= Instant::now()) => {
                    task.finish(RecognitionResult::Failed {
                        reason: "overloaded: no worker in time".to_owned(),
                    });
                }
                Some(task) => {
                    inner.running.push(Arc::clone(&task));
                    return Some(task);
                }
                None => {
                    inner.idle += 1;
                    inner = self.arrived.wait(inner).unwrap_or_else(PoisonError::into_inner);
                    inner.idle -= 1;
                }
            }
        }
    }

    /// A worker is through with it.
    pub(super) fn done(&self, task: &Arc<Task>) {
        self.inner().running.retain(|running| !Arc::ptr_eq(running, task));
    }

    pub(super) fn close(&self) {
        let mut inner = self.inner();
        inner.closed = true;
        inner.waiting.clear();
        drop(inner);
        self.arrived.notify_all();
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    /// Drops the youngest of the least urgent tasks, if it is less urgent than this.
    fn displace(&mut self, urgency: Urgency) -> bool {
        let least = self
            .waiting
            .iter()
            .enumerate()
            .min_by_key(|(at, task)| (task.urgency(), std::cmp::Reverse(*at)))
            .map(|(at, task)| (at, task.urgency()));
        match least {
            Some((at, other)) if other < urgency => {
                self.waiting.remove(at).abort();
                true
            }
            Some(_) | None => false,
        }
    }

    /// Takes the oldest of the most urgent.
    fn next(&mut self) -> Option<Arc<Task>> {
        let (at, _) = self
            .waiting
            .iter()
            .enumerate()
            .max_by_key(|(at, task)| (task.urgency(), std::cmp::Reverse(*at)))?;
        Some(self.waiting.remove(at))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use engine_core::ids::UtteranceId;
    use tokio::sync::mpsc;

    use super::*;
    use crate::stt::whisper::agreement::Settled;
    use crate::stt::whisper::task::End;

    fn task(
        number: u32,
    ) -> (
        Arc<Task>,
        mpsc::Receiver<engine_core::speech::recognition::Recognised>,
    ) {
        let (sender, results) = mpsc::channel(4);
        let task = Task::new(
            UtteranceId(number),
            vec![0.0; 16_000],
            Settled::default(),
            Arc::default(),
            sender,
        );
        (Arc::new(task), results)
    }

    fn end(task: &Task, patience: Duration) {
        let at = Instant::now();
        task.end(End {
            at,
            deadline: at + patience,
        });
    }

    const PATIENT: Duration = Duration::from_secs(60);

    #[test]
    fn answers_go_before_speculation_and_that_before_hypotheses() {
        let queue = TaskQueue::new(8);
        let tasks: Vec<_> = (0..5).map(|number| task(number).0).collect();
        tasks[0].keep_as_hypothesis();
        for task in &tasks {
            assert!(queue.push(Arc::clone(task)));
        }
        end(&tasks[3], PATIENT);
        end(&tasks[4], PATIENT);
        let order: Vec<u32> = (0..5).map(|_| queue.pop().unwrap().utterance.0).collect();
        assert_eq!(order, [3, 4, 1, 2, 0]);
    }

    #[test]
    fn a_full_queue_lets_an_answer_in_for_speculation_and_nothing_for_its_like() {
        let queue = TaskQueue::new(2);
        let (old, young, speculation, answer) = (task(1).0, task(2).0, task(3).0, task(4).0);
        assert!(queue.push(Arc::clone(&old)) && queue.push(Arc::clone(&young)));
        assert!(!queue.push(speculation));
        end(&answer, PATIENT);
        assert!(queue.push(answer));
        assert!(young.is_aborted() && !old.is_aborted());
        let next = || queue.pop().unwrap().utterance.0;
        assert_eq!((next(), next()), (4, 1));
    }

    #[test]
    fn an_answer_stops_a_hypothesis_when_every_worker_is_busy() {
        let queue = TaskQueue::new(4);
        let (running, answer) = (task(1).0, task(2).0);
        assert!(queue.push(Arc::clone(&running)));
        assert_eq!(queue.pop().unwrap().utterance.0, 1);
        end(&answer, PATIENT);
        assert!(queue.push(Arc::clone(&answer)));
        queue.hurry(&answer);
        assert!(!running.is_aborted(), "speculation may be somebody's answer");
        running.keep_as_hypothesis();
        queue.hurry(&answer);
        assert!(running.is_aborted());
        queue.done(&running);
        let other = task(3).0;
        assert_eq!(queue.pop().unwrap().utterance.0, 2);
        other.keep_as_hypothesis();
        queue.hurry(&answer);
        assert!(!other.is_aborted() && !answer.is_aborted());
    }

    #[test]
    fn what_comes_too_late_is_not_begun() {
        let queue = TaskQueue::new(4);
        let (late, mut results) = task(1);
        assert!(queue.push(Arc::clone(&late)));
        end(&late, Duration::ZERO);
        assert!(queue.push(task(2).0));
        assert_eq!(queue.pop().unwrap().utterance.0, 2);
        let answer = results.try_recv().unwrap();
        assert!(
            matches!(&answer.result, RecognitionResult::Failed { reason } if reason.contains("no worker in time")),
            "{answer:?}"
        );
    }
}
