//! `through`: associations by way of others, of every kind and depth.

use assoc::prelude::*;

use crate::support::*;

#[derive(Debug, Clone, PartialEq, Schema)]
#[schema(table = "users")]
struct Reader {
    id: i64,
    name: String,
    #[has_one(foreign_key = user_id)]
    profile: HasOne<Bio>,
    #[has_many(foreign_key = author_id)]
    posts: HasMany<Article>,
    #[has_many(through(posts, remarks))]
    heard: HasMany<Remark>,
    #[has_many(through(posts, remarks, Remark::author))]
    audience: HasMany<Reader>,
    #[has_many(through(posts, commenters))]
    fans: HasMany<Reader>,
    #[has_many(through(fans, fans))]
    fans_of_fans: HasMany<Reader>,
    #[has_many(through(posts, tags))]
    topics: HasMany<Topic>,
    #[has_many(through(posts, tags, Topic::articles))]
    related: HasMany<Article>,
    #[has_one(through(profile, user))]
    itself: HasOne<Reader>,
}

#[derive(Debug, Clone, PartialEq, Schema)]
#[schema(table = "profiles")]
struct Bio {
    id: i64,
    bio: String,
    user_id: Option<i64>,
    #[belongs_to]
    user: BelongsTo<Reader>,
    #[has_many(through(user, posts))]
    posts: HasMany<Article>,
}

#[derive(Debug, Clone, PartialEq, Schema)]
#[schema(table = "posts")]
struct Article {
    id: i64,
    title: String,
    author_id: Option<i64>,
    #[belongs_to]
    author: BelongsTo<Reader>,
    #[has_many(foreign_key = post_id)]
    remarks: HasMany<Remark>,
    #[has_many(through(remarks, author))]
    commenters: HasMany<Reader>,
    #[has_one(through(author, profile))]
    author_profile: HasOne<Bio>,
    #[many_to_many(join_through = "posts_tags", owner_key = post_id, related_key = tag_id)]
    tags: ManyToMany<Topic>,
}

#[derive(Debug, Clone, PartialEq, Schema)]
#[schema(table = "comments")]
struct Remark {
    id: i64,
    body: String,
    post_id: i64,
    author_id: Option<i64>,
    #[belongs_to]
    post: BelongsTo<Article>,
    #[belongs_to]
    author: BelongsTo<Reader>,
    #[has_many(through(post, remarks))]
    siblings: HasMany<Remark>,
    #[has_one(through(post, author))]
    answers: HasOne<Reader>,
}

#[derive(Debug, Clone, PartialEq, Schema)]
#[schema(table = "tags")]
struct Topic {
    id: i64,
    name: String,
    #[many_to_many(join_through = "posts_tags", owner_key = tag_id, related_key = post_id)]
    articles: ManyToMany<Article>,
    #[has_many(through(articles, author))]
    authors: HasMany<Reader>,
}

async fn blog(db: &Db) -> Vec<Reader> {
    db.execute(
        "INSERT INTO users (id, name) VALUES (1, 'Ann'), (2, 'Bob'), (3, 'Cid'), (4, 'Dan');
         INSERT INTO profiles (id, bio, user_id) VALUES (1, 'writes', 1), (2, 'reads', 2);
         INSERT INTO posts (id, title, author_id) VALUES (1, 'A', 1), (2, 'B', 1), (3, 'C', 2), (4, 'D', NULL);
         INSERT INTO comments (id, body, post_id, author_id) VALUES
           (1, 'a', 1, 2), (2, 'b', 1, 3), (3, 'c', 2, 2), (4, 'd', 3, 1), (5, 'e', 1, 2), (6, 'f', 4, 3), (7, 'g', 2, NULL);
         INSERT INTO tags (id, name) VALUES (1, 'x'), (2, 'y'), (3, 'z');
         INSERT INTO posts_tags (post_id, tag_id) VALUES (1, 1), (1, 2), (2, 1), (3, 3), (4, 1);",
    )
    .await;
    let readers = db.repo.all(Reader::query().order_by(Reader::id.asc())).await.unwrap();
    db.forget();
    readers
}

/// The ids that each owner has in an association.
macro_rules! ids {
    ($owners:expr, $association:ident) => {{
        let mut all: Vec<Vec<i64>> = Vec::new();
        for owner in &$owners {
            all.push(owner.$association.get().unwrap().iter().map(|row| row.id).collect());
        }
        all
    }};
}

const NONE: Vec<i64> = Vec::new();

both! {
    async fn many_of_many(db: Db) {
        let mut readers = blog(&db).await;
        db.repo.preload(&mut readers, Reader::heard).await.unwrap();
        assert_eq!(ids!(readers, heard), [vec![1, 2, 3, 5, 7], vec![4], NONE, NONE]);
        assert_eq!(db.statements().len(), 1);
    }

    async fn parents_of_many_appear_once(db: Db) {
        let mut readers = blog(&db).await;
        db.repo.preload(&mut readers, (Reader::audience, Reader::fans)).await.unwrap();
        assert_eq!(ids!(readers, audience), [vec![2, 3], vec![1], NONE, NONE]);
        assert_eq!(ids!(readers, fans), ids!(readers, audience));
        assert_eq!(db.statements().len(), 2);
    }

    async fn through_what_is_through_others(db: Db) {
        let mut readers = blog(&db).await;
        db.repo.preload(&mut readers, Reader::fans_of_fans).await.unwrap();
        assert_eq!(ids!(readers, fans_of_fans), [vec![1], vec![2, 3], NONE, NONE]);
        assert_eq!(db.statements().len(), 1);
    }

    async fn through_join_tables(db: Db) {
        let mut readers = blog(&db).await;
        db.repo.preload(&mut readers, (Reader::topics, Reader::related)).await.unwrap();
        assert_eq!(ids!(readers, topics), [vec![1, 2], vec![3], NONE, NONE]);
        assert_eq!(ids!(readers, related), [vec![1, 2, 4], vec![3], NONE, NONE]);
        let mut topics = db.repo.all(Topic::query().order_by(Topic::id.asc())).await.unwrap();
        db.repo.preload(&mut topics, Topic::authors).await.unwrap();
        assert_eq!(ids!(topics, authors), [vec![1], vec![1], vec![2]]);
    }

    async fn from_a_parent_to_its_children(db: Db) {
        blog(&db).await;
        let mut remarks = db.repo.all(Remark::query().order_by(Remark::id.asc())).await.unwrap();
        db.repo.preload(&mut remarks, Remark::siblings).await.unwrap();
        let (first, second) = (vec![1, 2, 5], vec![3, 7]);
        let expected = [first.clone(), first.clone(), second.clone(), vec![4], first, vec![6], second];
        assert_eq!(ids!(remarks, siblings), expected);
        let mut bios = db.repo.all(Bio::query().order_by(Bio::id.asc())).await.unwrap();
        db.repo.preload(&mut bios, Bio::posts).await.unwrap();
        assert_eq!(ids!(bios, posts), [vec![1, 2], vec![3]]);
    }

    async fn one_by_way_of_one(db: Db) {
        let mut readers = blog(&db).await;
        let id = |row: Option<i64>| row;
        let mut articles = db.repo.all(Article::query().order_by(Article::id.asc())).await.unwrap();
        db.repo.preload(&mut articles, Article::author_profile).await.unwrap();
        let bios: Vec<_> = articles.iter().map(|article| id(article.author_profile.get().unwrap().map(|bio| bio.id))).collect();
        assert_eq!(bios, [Some(1), Some(1), Some(2), None]);
        let mut remarks = db.repo.all(Remark::query().order_by(Remark::id.asc())).await.unwrap();
        db.repo.preload(&mut remarks, Remark::answers).await.unwrap();
        let authors: Vec<_> = remarks.iter().map(|remark| id(remark.answers.get().unwrap().map(|author| author.id))).collect();
        assert_eq!(authors, [Some(1), Some(1), Some(1), Some(2), Some(1), None, Some(1)]);
        db.repo.preload(&mut readers, Reader::itself).await.unwrap();
        let itself: Vec<_> = readers.iter().map(|reader| id(reader.itself.get().unwrap().map(|other| other.id))).collect();
        assert_eq!(itself, [Some(1), Some(2), None, None]);
    }

    async fn filtered_ordered_and_deepened(db: Db) {
        let mut readers = blog(&db).await;
        let audience = Reader::audience.order_by(Reader::name.desc()).then((Reader::posts, Reader::topics));
        db.repo.preload(&mut readers, audience).await.unwrap();
        assert_eq!(db.statements().len(), 3);
        assert_eq!(ids!(readers, audience), [vec![3, 2], vec![1], NONE, NONE]);
        let bob = &readers[0].audience.get().unwrap()[1];
        assert_eq!((bob.posts.get().unwrap()[0].id, bob.topics.get().unwrap()[0].id), (3, 3));
        assert!(!readers[0].audience.is_partial());
        let filtered = Reader::audience.filter(Reader::name.ne("Bob")).force();
        db.repo.preload(&mut readers, filtered).await.unwrap();
        assert_eq!(ids!(readers, audience), [vec![3], vec![1], NONE, NONE]);
        assert!(readers.iter().all(|reader| reader.audience.is_partial()));
    }
}
