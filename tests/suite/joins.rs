//! Many-to-many associations: of a schema with itself, by a join schema, by composite keys, for many owners.

use assoc::prelude::*;
use chrono::{DateTime, Utc};
use serde_json::json;

use crate::{schemas, support::*};

#[derive(Debug, Clone, PartialEq, Schema)]
#[schema(table = "users")]
struct Person {
    id: i64,
    name: String,
    #[many_to_many(join_through = "friendships", owner_key = user_id, related_key = friend_id, on_replace = delete)]
    friends: ManyToMany<Person>,
    #[many_to_many(join_through = "friendships", owner_key = friend_id, related_key = user_id, on_replace = delete)]
    admirers: ManyToMany<Person>,
    #[many_to_many(join_through = Enrolment, owner_key = student_id, related_key = course_id, on_replace = delete)]
    courses: ManyToMany<Course>,
    #[has_many(foreign_key = student_id)]
    enrolments: HasMany<Enrolment>,
    #[has_many(foreign_key = author_id)]
    posts: HasMany<schemas::Post>,
}

#[derive(Debug, Clone, PartialEq, Schema)]
struct Course {
    id: i64,
    name: String,
}

#[derive(Debug, Clone, PartialEq, Schema)]
struct Enrolment {
    id: i64,
    #[schema(default = "guest")]
    role: String,
    #[schema(default = 3)]
    credits: Option<i32>,
    grade: Option<String>,
    student_id: i64,
    course_id: i64,
    #[timestamps]
    inserted_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

async fn people(db: &Db) -> Person {
    db.tables(
        "CREATE TABLE friendships (
           user_id BIGINT NOT NULL REFERENCES users (id), friend_id BIGINT NOT NULL REFERENCES users (id),
           PRIMARY KEY (user_id, friend_id)
         );
         CREATE TABLE courses (id <key>, name TEXT NOT NULL);
         CREATE TABLE enrolments (
           id <key>, role TEXT NOT NULL, credits INTEGER, grade TEXT, student_id BIGINT NOT NULL REFERENCES users (id),
           course_id BIGINT NOT NULL REFERENCES courses (id), inserted_at <time> NOT NULL, updated_at <time> NOT NULL,
           UNIQUE (student_id, course_id)
         );
         INSERT INTO users (id, name) VALUES (1, 'Ann'), (2, 'Bob'), (3, 'Cid');
         INSERT INTO friendships VALUES (1, 2), (3, 1);",
    )
    .await;
    load(db, 1).await
}

async fn load(db: &Db, id: i64) -> Person {
    let mut person: Person = db.repo.fetch(id).await.unwrap();
    db.repo.preload(&mut person, (Person::friends, Person::admirers, Person::courses)).await.unwrap();
    db.forget();
    person
}

fn names(people: &ManyToMany<Person>) -> Vec<&str> {
    people.get().unwrap().iter().map(|person| person.name.as_str()).collect()
}

fn person(person: Changeset<Person>, params: &Params) -> Changeset<Person> {
    person.cast(params, Person::name).validate_required(Person::name).cast_assoc(Person::friends, self::person)
}

both! {
    async fn of_a_schema_with_itself(db: Db) {
        let ann = people(&db).await;
        assert_eq!((names(&ann.friends), names(&ann.admirers)), (vec!["Bob"], vec!["Cid"]));
        let cid: Person = db.repo.fetch(3).await.unwrap();
        let itself: Person = db.repo.fetch(1).await.unwrap();
        let friends = (cid, itself, Person::build().set(Person::name, "Dan"));
        let ann = db.repo.update(ann.change().put_assoc(Person::friends, friends)).await.unwrap();
        assert_eq!(names(&ann.friends), ["Cid", "Ann", "Dan"]);
        let ann = load(&db, 1).await;
        assert_eq!((names(&ann.friends), names(&ann.admirers)), (vec!["Ann", "Cid", "Dan"], vec!["Ann", "Cid"]));
        assert_eq!(names(&load(&db, 2).await.admirers), Vec::<&str>::new());
        assert_eq!(db.count("users").await, 4);
    }

    async fn both_directions_in_one_save(db: Db) {
        let ann = people(&db).await;
        let bob: Person = db.repo.fetch(2).await.unwrap();
        let changeset = ann.change().put_assoc(Person::friends, Vec::<Person>::new()).put_assoc(Person::admirers, [bob]);
        db.repo.update(changeset).await.unwrap();
        assert_eq!(all_of(&db, "concat(user_id, '>', friend_id)", "friendships").await, "2>1");
    }

    async fn cast_over_two_levels_of_itself(db: Db) {
        people(&db).await;
        let input = json!({"name": "Eve", "friends": [
            {"name": "Fay", "friends": [{"name": "Gus"}, {"name": "Hal"}]}, {"name": "Ida"},
        ]});
        let eve = db.repo.insert(person(Person::build(), &params(input))).await.unwrap();
        let mut eve: Person = db.repo.fetch(eve.id).await.unwrap();
        db.repo.preload(&mut eve, Person::friends.then((Person::friends, Person::admirers))).await.unwrap();
        assert_eq!(names(&eve.friends), ["Fay", "Ida"]);
        let fay = &eve.friends.get().unwrap()[0];
        assert_eq!((names(&fay.friends), names(&fay.admirers)), (vec!["Gus", "Hal"], vec!["Eve"]));
    }

    async fn a_join_schema_fills_its_own_columns(db: Db) {
        let ann = people(&db).await;
        let course = |name: &str| Course::build().set(Course::name, name);
        let ann = db.repo.update(ann.change().put_assoc(Person::courses, [course("art"), course("law")])).await.unwrap();
        let mut again: Person = db.repo.fetch(1).await.unwrap();
        db.repo.preload(&mut again, (Person::courses, Person::enrolments)).await.unwrap();
        assert_eq!(again.courses, ann.courses);
        let enrolments = again.enrolments.get().unwrap();
        assert_eq!(enrolments.len(), 2);
        for enrolment in enrolments {
            assert_eq!((enrolment.role.as_str(), enrolment.credits, &enrolment.grade), ("guest", Some(3), &None));
            assert_eq!(enrolment.inserted_at, enrolment.updated_at);
        }
        assert_ne!(enrolments[0].id, enrolments[1].id);

        db.execute("UPDATE enrolments SET grade = 'A'").await;
        let kept = again.courses.get().unwrap()[1].clone();
        let changeset = again.change().put_assoc(Person::courses, (kept, course("new")));
        db.repo.update(changeset).await.unwrap();
        assert_eq!(all_of(&db, "coalesce(grade, '-')", "enrolments").await, "- A", "a link that stays is not written again");
        assert_eq!(db.count("courses").await, 3);
    }

    async fn unlinked_linked_and_inserted_for_many_owners(db: Db) {
        let ann = people(&db).await;
        db.execute(
            "INSERT INTO tags (id, name) VALUES (1, 'a'), (2, 'b'), (3, 'c');
             INSERT INTO posts (id, title, author_id) VALUES (1, 'P', 1), (2, 'Q', 1), (3, 'R', 1);
             INSERT INTO posts_tags VALUES (1, 1), (1, 2), (2, 1), (3, 3);",
        )
        .await;
        let mut ann = ann;
        db.repo.preload(&mut ann, Person::posts.then(schemas::Post::tags)).await.unwrap();
        db.forget();
        let input = json!({"posts": [
            {"id": 1, "tags": [{"id": 2}, {"name": "new of 1"}]},
            {"id": 2, "tags": []},
            {"id": 3, "tags": [{"id": 3, "name": "C"}, {"name": "new of 3"}, {"name": "more of 3"}]},
        ]});
        let changeset = ann.change().cast(&params(input), ()).cast_assoc(Person::posts, |post, params| {
            post.cast(params, ()).cast_assoc(schemas::Post::tags, schemas::Tag::changeset)
        });
        db.repo.update(changeset).await.unwrap();
        assert_eq!(db.statements().len(), db.as_one(4), "unlink, update, insert, link");
        let links = all_of(&db, "concat(post_id, ':', replace(t.name, ' ', '_'))", "posts_tags JOIN tags t ON t.id = tag_id").await;
        assert_eq!(links, "1:b 1:new_of_1 3:C 3:more_of_3 3:new_of_3");
    }

    async fn linked_and_inserted_in_one_insert_many(db: Db) {
        use schemas::{Post, Tag};
        db.execute("INSERT INTO tags (id, name) VALUES (1, 'a'), (2, 'b')").await;
        let [a, b] = [1, 2].map(|id| db.repo.fetch::<Tag>(id));
        let (a, b) = (a.await.unwrap(), b.await.unwrap());
        db.forget();
        let new = |name: &str| Tag::build().set(Tag::name, name);
        let post = |title: &str| Post::build().set(Post::title, title);
        let posts = [
            post("1").put_assoc(Post::tags, (&a, new("x"))),
            post("2").put_assoc(Post::tags, Vec::<Tag>::new()),
            post("3").put_assoc(Post::tags, (new("y"), &b, new("z"), &a)),
            post("4"),
        ];
        let posts = db.repo.insert_many(posts).await.unwrap();
        assert_eq!(db.statements().len(), db.as_one(3));
        let tags = |post: &Post| post.tags.get().unwrap().iter().map(|tag| tag.name.clone()).collect::<Vec<_>>();
        assert_eq!((tags(&posts[0]), tags(&posts[2])), (vec!["a".into(), "x".into()], vec!["y".into(), "b".into(), "z".into(), "a".into()]));
        let links = all_of(&db, "concat(p.title, t.name)", "posts_tags JOIN tags t ON t.id = tag_id JOIN posts p ON p.id = post_id").await;
        assert_eq!(links, "1a 1x 3a 3b 3y 3z");
    }

    async fn a_composite_key_at_one_end(db: Db) {
        tasks(&db).await;
        db.tables("CREATE TABLE tasks_people (tenant_id BIGINT, number BIGINT, user_id BIGINT, PRIMARY KEY (tenant_id, number, user_id))").await;
        let mut task: Task = db.repo.fetch((1, 2)).await.unwrap();
        db.repo.preload(&mut task, Task::people).await.unwrap();
        let people = ["Ann", "Bob"].map(|name| schemas::User::build().set(schemas::User::name, name));
        let task = db.repo.update(task.change().put_assoc(Task::people, people)).await.unwrap();
        let bob = task.people.get().unwrap()[1].clone();
        db.repo.update(task.change().put_assoc(Task::people, [bob])).await.unwrap();
        let mut task: Task = db.repo.fetch((1, 2)).await.unwrap();
        db.repo.preload(&mut task, Task::people).await.unwrap();
        assert_eq!(task.people.get().unwrap().len(), 1);
        assert_eq!(db.text("SELECT count(*) FROM tasks_people WHERE tenant_id = 1 AND number = 2").await, "1");
    }
}

async fn tasks(db: &Db) {
    db.execute("INSERT INTO tasks VALUES (1, 1, 'a', NULL), (1, 2, 'b', NULL), (2, 2, 'c', NULL)").await;
}

#[derive(Debug, Clone, PartialEq, Schema)]
struct Task {
    #[schema(primary_key)]
    tenant_id: i64,
    #[schema(primary_key)]
    number: i64,
    title: String,
    #[many_to_many(join_through = "tasks_people", owner_key(tenant_id, number), related_key = user_id, on_replace = delete)]
    people: ManyToMany<schemas::User>,
}
