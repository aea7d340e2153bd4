//! Running the steps of a `Multi`, one after the other.

use std::{borrow::Cow, collections::VecDeque};

use super::{
    BoxError, Multi,
    error::{FailedStep, MultiError},
    results::MultiResults,
    step::{Act, Step},
};
use crate::repo::Repo;

impl Repo {
    /// Runs the steps of a [`Multi`] in a transaction, in their order, and gives their results. Inside of a transaction they
    /// run up to a savepoint; [`transaction_with`](Self::transaction_with) around it tells how isolated they are, and
    /// [`transaction_retrying`](Self::transaction_retrying) makes them anew for each try.
    ///
    /// ```no_run
    /// use assoc::{Multi, prelude::*};
    ///
    /// # #[derive(Debug, Clone, Schema)]
    /// # struct Account { id: i64, balance: i64 }
    /// fn transfer(amount: i64, from: i64, to: i64) -> Multi {
    ///     let account = |id| Account::query().filter(Account::id.eq(id));
    ///     Multi::new()
    ///         .update_all("take", account(from), Account::balance.inc(-amount))
    ///         .update_all("give", account(to), Account::balance.inc(amount))
    /// }
    ///
    /// # async fn example(repo: Repo) -> Result<(), Box<dyn std::error::Error>> {
    /// let done = repo.run(transfer(100, 7, 8)).await?;
    /// assert_eq!(done.get::<u64>("take")?, &1);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`MultiError::Step`] for the first step that failed; all is rolled back then. Two steps of one name, and changesets
    /// that are not valid from the start, are found before anything is sent.
    pub async fn run(&self, multi: Multi) -> Result<MultiResults, MultiError> {
        let mut results = MultiResults::default();
        check(&multi, [], &results)?;
        if multi.is_empty() {
            return Ok(results);
        }
        self.transaction(async |tx| {
            let mut steps = VecDeque::from(multi.steps);
            while let Some(step) = steps.pop_front() {
                advance(&tx, step, &mut steps, &mut results).await?;
            }
            Ok(results)
        })
        .await
    }
}

/// What can be known to be wrong before it is tried.
fn check<'m>(
    multi: &'m Multi,
    taken: impl IntoIterator<Item = &'m str>,
    done: &MultiResults,
) -> Result<(), MultiError> {
    if let Some(name) = multi.duplicate(taken) {
        return Err(MultiError::Duplicate(name));
    }
    for step in &multi.steps {
        if let Act::Save(save) = &step.act
            && let Some(error) = save.invalid()
        {
            return Err(failed(step.name.clone().unwrap_or_default(), error, done));
        }
    }
    Ok(())
}

/// Runs one step; those that it brings along are the next.
async fn advance(tx: &Repo, step: Step, steps: &mut VecDeque<Step>, done: &mut MultiResults) -> Result<(), MultiError> {
    let Step { name, kind, ty, act } = step;
    let name = name.unwrap_or(kind.into());
    let made = match act {
        Act::Save(save) => save.run(tx.clone()).await,
        Act::Run(run) => run(tx.clone(), done.clone()).await,
        Act::Inspect(inspect) => {
            inspect(done);
            return Ok(());
        }
        Act::Merge(more) => {
            let more = more(done).map_err(|error| failed(name, error, done))?;
            let waiting = steps.iter().filter_map(|step| step.name.as_deref());
            check(&more, done.names().chain(waiting), done)?;
            more.steps.into_iter().rev().for_each(|step| steps.push_front(step));
            return Ok(());
        }
    };
    match made {
        Ok(made) => {
            done.add(name, ty, made);
            Ok(())
        }
        Err(error) => Err(failed(name, error, done)),
    }
}

fn failed(name: Cow<'static, str>, error: BoxError, done: &MultiResults) -> MultiError {
    MultiError::Step(FailedStep { name, error, done: done.clone() })
}
