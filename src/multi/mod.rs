//! Several operations as a value: named, composed, looked at, and run in one transaction.

mod build;
mod error;
mod results;
mod run;
mod step;

use std::{any::Any, borrow::Cow, collections::HashSet, fmt};

use assoc_core::{Changeset, Schema};

pub use error::{FailedStep, MultiError};
pub use results::MultiResults;
use step::{Act, Step};

/// Operations that happen all, or not at all, each under a name by which later ones, and the caller, find its result.
///
/// It is built without a database, passed around and extended, and run by [`Repo::run`](crate::Repo::run). The first step
/// that fails ends it: all is rolled back, and the error tells the name.
///
/// ```no_run
/// use assoc::{Multi, MultiError, prelude::*};
///
/// # #[derive(Debug, Clone, Schema)]
/// # struct User { id: i64, name: String }
/// # #[derive(Debug, Clone, Schema)]
/// # struct Post { id: i64, title: String, #[has_many] comments: HasMany<Comment> }
/// # #[derive(Debug, Clone, Schema)]
/// # struct Comment { id: i64, body: String, post_id: i64 }
/// # async fn example(repo: Repo) -> Result<(), Box<dyn std::error::Error>> {
/// let multi = Multi::new()
///     .insert("post", Post::build().set(Post::title, "Hello"))
///     .insert_with("comment", |done| {
///         Ok(done.get::<Post>("post")?.build_assoc(Post::comments).set(Comment::body, "First!"))
///     })
///     .run("count", async |tx, _done| Ok(tx.count(Comment::query()).await?));
///
/// match repo.run(multi).await {
///     Ok(done) => println!("{} comments, the post is {}", done.get::<u64>("count")?, done.get::<Post>("post")?.id),
///     Err(MultiError::Step(failed)) => println!("{} failed: {}", failed.name(), failed.error()),
///     Err(other) => return Err(other.into()),
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Default)]
#[must_use = "a Multi does nothing until a repo runs it"]
pub struct Multi {
    steps: Vec<Step>,
}

/// What steps may fail with.
type BoxError = Box<dyn std::error::Error + Send + Sync>;

impl Multi {
    /// No steps yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether there are no steps.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// The names of the steps, each with what it does: `("post", "insert")`. Those that have no name, `merge` and
    /// `inspect`, are not among them.
    pub fn to_list(&self) -> Vec<(&str, &'static str)> {
        self.steps.iter().filter_map(|step| Some((step.name.as_deref()?, step.kind))).collect()
    }

    /// The changeset that was given to a step, for tests that need no database; none if the step is another, or its
    /// changeset depends on the steps before it.
    ///
    /// ```
    /// use assoc::{Multi, prelude::*};
    ///
    /// # #[derive(Debug, Clone, Schema)]
    /// # struct Post { id: i64, title: String }
    /// let multi = Multi::new().insert("post", Post::build().set(Post::title, "Hello"));
    /// assert_eq!(multi.to_list(), [("post", "insert")]);
    /// assert_eq!(multi.changeset::<Post>("post").unwrap().get(Post::title), Some("Hello".to_owned()));
    /// ```
    pub fn changeset<S: Schema>(&self, name: &str) -> Option<&Changeset<S>> {
        let step = self.steps.iter().find(|step| step.name.as_deref() == Some(name))?;
        match &step.act {
            Act::Save(save) => {
                let given: &dyn Any = save.given();
                given.downcast_ref()
            }
            Act::Run(_) | Act::Inspect(_) | Act::Merge(_) => None,
        }
    }

    /// The first name that two steps have, or that is among those which are taken.
    fn duplicate<'m>(&'m self, taken: impl IntoIterator<Item = &'m str>) -> Option<Cow<'static, str>> {
        let mut seen: HashSet<&str> = taken.into_iter().collect();
        self.steps.iter().filter_map(|step| step.name.as_ref()).find(|name| !seen.insert(name)).cloned()
    }
}

impl fmt::Debug for Multi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.steps.iter().map(|step| (step.name.as_deref().unwrap_or("_"), step.kind))).finish()
    }
}
