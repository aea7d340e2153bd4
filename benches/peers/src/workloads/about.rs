//! What the workloads are called where people read it.

/// A workload in words, by its name.
pub struct About {
    pub name: &'static str,
    pub title: &'static str,
    /// What is done, in a sentence.
    pub what: &'static str,
    /// The size at which it is compared at a glance.
    pub size: usize,
}

pub const ABOUT: [About; 11] = [
    About {
        name: "diff",
        title: "Save a diff of N children",
        what: "A post with N comments is loaded; 10 % of them have another text, 10 % are gone, as many are new. Timed from \
               what each library takes for a save: a changeset, an active model, lists of rows.",
        size: 1000,
    },
    About {
        name: "cast",
        title: "Cast JSON, and save the diff of N children",
        what: "The same, timed from the loaded post and the JSON of all N comments: it is read, compared with what is \
               loaded, and saved.",
        size: 1000,
    },
    About {
        name: "insert",
        title: "Insert a post with N children",
        what: "All or nothing; the keys of all rows come back.",
        size: 1000,
    },
    About {
        name: "insert-trees",
        title: "Insert N/10 posts with 10 children each",
        what: "All or nothing; the keys of all rows come back.",
        size: 1000,
    },
    About {
        name: "preload",
        title: "Load a post and its N children",
        what: "The post by its key, then its comments.",
        size: 1000,
    },
    About {
        name: "preload-trees",
        title: "Load N/10 posts, 10 children each, and the authors of these",
        what: "All posts, their comments, and for each comment its author, of 100.",
        size: 1000,
    },
    About { name: "insert-one", title: "Insert one row", what: "One comment a call; its key comes back.", size: 1 },
    About { name: "get", title: "Get one row by its key", what: "One comment a call, of 10,000.", size: 1 },
    About {
        name: "update-one",
        title: "Update one row",
        what: "One loaded comment a call gets another text.",
        size: 1,
    },
    About {
        name: "update-in-transaction",
        title: "Update N rows in one transaction",
        what: "One loaded comment a call gets another text, between BEGIN and COMMIT.",
        size: 10,
    },
    About {
        name: "rows",
        title: "N rows to structs",
        what: "A whole table of comments, ordered by key.",
        size: 10_000,
    },
];

/// The workload of that name.
pub fn about(name: &str) -> Option<&'static About> {
    ABOUT.iter().find(|about| about.name == name)
}
