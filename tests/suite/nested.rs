//! Inserts with all that hangs on a row.

use assoc::prelude::*;
use serde_json::json;

use crate::{schemas::*, support::*};

both! {
    async fn children_of_every_kind(db: Db) {
        let input = params(json!({
            "title": "Hello",
            "author": {"name": "Ann", "email": "ann@example.org", "profile": {"bio": "writes"}},
            "editor": {"name": "Ed"},
            "comments": [{"body": "a", "author": {"name": "Bob"}}, {"body": "b"}, {"body": "c", "author": {"name": "Cid"}}],
            "tags": [{"name": "x"}, {"name": "y"}],
        }));
        let inserted = db.repo.insert(Post::changeset(Post::build(), &input)).await.unwrap();
        let mut post: Post = db.repo.fetch(inserted.id).await.unwrap();
        let all = (Post::author.then(User::profile), Post::editor.then(User::profile), Post::comments.then(Comment::author), Post::tags);
        db.repo.preload(&mut post, all).await.unwrap();
        assert_eq!(post.author_id, inserted.author.get().unwrap().map(|user| user.id));
        assert_ne!(post.author_id, post.editor_id);
        assert_eq!(post.author.get().unwrap().unwrap().profile.get().unwrap().unwrap().bio, "writes");
        assert_eq!(post.editor.get().unwrap().unwrap().name, "Ed");
        let comments: Vec<_> = post.comments.get().unwrap().iter().map(|comment| {
            (comment.body.as_str(), comment.author.get().unwrap().map(|author| author.name.as_str()))
        }).collect();
        assert_eq!(comments.len(), 3);
        for expected in [("a", Some("Bob")), ("b", None), ("c", Some("Cid"))] {
            assert!(comments.contains(&expected), "{comments:?}");
        }
        let tags: Vec<_> = post.tags.get().unwrap().iter().map(|tag| tag.name.as_str()).collect();
        assert_eq!(tags, ["x", "y"]);
        assert_eq!(post.tags, inserted.tags);
    }

    async fn ids_end_up_on_the_right_child_in_list_order(db: Db) {
        let posts = (0..20).map(|p| {
            let comments: Vec<_> = (0..=p).map(|c| json!({"body": format!("{p}.{c}")})).collect();
            Post::changeset(Post::build(), &params(json!({"title": p.to_string(), "comments": comments})))
        });
        let posts = db.repo.insert_many(posts).await.unwrap();
        for (p, post) in posts.iter().enumerate() {
            let found = db.repo.all(Comment::query().filter(Comment::post_id.eq(post.id)).order_by(Comment::id.asc())).await.unwrap();
            let bodies: Vec<_> = found.iter().map(|comment| comment.body.clone()).collect();
            assert_eq!(bodies, (0..=p).map(|c| format!("{p}.{c}")).collect::<Vec<_>>());
            let ids = |comments: &[Comment]| comments.iter().map(|comment| comment.id).collect::<Vec<_>>();
            assert_eq!(ids(post.comments.get().unwrap()), ids(&found));
            assert_eq!(post.title, p.to_string());
        }
    }

    async fn through_a_join_schema(db: Db) {
        let user = User::build().set(User::name, "Ann");
        let teams = [Team::build().set(Team::name, "red"), Team::build().set(Team::name, "blue")];
        let user = db.repo.insert(user.put_assoc(User::teams, teams)).await.unwrap();
        let mut user: User = db.repo.fetch(user.id).await.unwrap();
        db.repo.preload(&mut user, (User::teams, User::memberships)).await.unwrap();
        let names: Vec<_> = user.teams.get().unwrap().iter().map(|team| team.name.as_str()).collect();
        assert_eq!(names, ["red", "blue"]);
        let memberships = user.memberships.get().unwrap();
        assert!(memberships.iter().all(|membership| membership.role == "member" && !membership.id.is_nil()));
        assert_ne!(memberships[0].id, memberships[1].id);
        let team = user.teams.get().unwrap()[0].clone();
        let user = db.repo.update(user.change().put_assoc(User::teams, [team])).await.unwrap();
        assert_eq!(user.teams.get().unwrap().len(), 1);
        assert_eq!((db.count("memberships").await, db.count("teams").await), (1, 2));
    }

    async fn a_tree_of_one_table(db: Db) {
        let input = json!({"name": "root", "children": [
            {"name": "a", "children": [{"name": "a1"}, {"name": "a2", "children": [{"name": "a2x"}]}]},
            {"name": "b"},
        ]});
        let root = db.repo.insert(Category::changeset(Category::build(), &params(input))).await.unwrap();
        assert_eq!(db.statements().len(), db.as_one(4));
        let mut root: Category = db.repo.fetch(root.id).await.unwrap();
        let levels = Category::children.then(Category::children.then((Category::children, Category::parent)));
        db.repo.preload(&mut root, levels).await.unwrap();
        let a = &root.children.get().unwrap()[0];
        let a2 = &a.children.get().unwrap()[1];
        assert_eq!((a.name.as_str(), a2.name.as_str()), ("a", "a2"));
        assert_eq!(a2.children.get().unwrap()[0].name, "a2x");
        assert_eq!(a2.parent.get().unwrap().unwrap().id, a.id);
    }

    async fn a_parent_through_its_child(db: Db) {
        let comment = Comment::build().set(Comment::body, "b").put_assoc(Comment::post, Post::build().set(Post::title, "t"));
        let comment = db.repo.insert(comment).await.unwrap();
        assert_eq!(comment.post_id, comment.post.get().unwrap().unwrap().id);
        assert_eq!(db.text("SELECT title FROM posts").await, "t");
    }

    async fn an_empty_list_is_loaded_and_empty(db: Db) {
        let none = Vec::<Changeset<Comment>>::new();
        let put = db.repo.insert(Post::build().set(Post::title, "t").put_assoc(Post::comments, none)).await.unwrap();
        assert_eq!(put.comments.get().unwrap(), []);
        let input = params(json!({"title": "t", "comments": [], "tags": [], "author": null}));
        let cast = db.repo.insert(Post::changeset(Post::build(), &input)).await.unwrap();
        assert_eq!(cast.comments.get().unwrap(), []);
        assert_eq!(cast.tags.get().unwrap(), []);
        assert_eq!(cast.author.get().unwrap(), None);
    }

    async fn a_graph_changes_at_every_level(db: Db) {
        let input = json!({"title": "t", "author": {"name": "Ann", "profile": {"bio": "old"}}, "comments": [{"body": "a"}, {"body": "b"}], "tags": [{"name": "x"}]});
        let post = db.repo.insert(Post::changeset(Post::build(), &params(input))).await.unwrap();
        let ids: Vec<i64> = post.comments.get().unwrap().iter().map(|comment| comment.id).collect();
        let author = post.author_id.unwrap();
        let mut post: Post = db.repo.fetch(post.id).await.unwrap();
        db.repo.preload(&mut post, (Post::author.then(User::profile), Post::comments.then(Comment::author), Post::tags)).await.unwrap();
        let input = json!({
            "title": "T",
            "author": {"id": author, "name": "Anna", "profile": {"bio": "new"}},
            "comments": [{"id": ids[1], "body": "B", "author": {"name": "Bob"}}, {"body": "c"}],
            "tags": [{"name": "y"}],
        });
        let post = db.repo.update(Post::changeset(post.change(), &params(input))).await.unwrap();
        let mut again: Post = db.repo.fetch(post.id).await.unwrap();
        db.repo.preload(&mut again, (Post::author.then(User::profile), Post::comments.then(Comment::author), Post::tags)).await.unwrap();
        assert_eq!(again.author, post.author);
        assert_eq!(again.tags, post.tags);
        assert_eq!(again.comments.get().unwrap()[0].author.get().unwrap().unwrap().name, "Bob");
        assert_eq!(again.author.get().unwrap().unwrap().profile.get().unwrap().unwrap().bio, "new");
        assert_eq!((db.count("comments").await, db.count("tags").await, db.count("posts_tags").await), (2, 2, 1));
    }
}
