//! Keys that change, keys that are foreign keys, foreign keys that are NULL in part.

use assoc::prelude::*;
use serde_json::json;
use uuid::Uuid;

use crate::support::*;

#[derive(Debug, Clone, PartialEq, Schema)]
struct Country {
    #[schema(primary_key)]
    code: String,
    name: String,
    #[has_many(foreign_key = country_code, on_replace = delete)]
    cities: HasMany<City>,
}

#[derive(Debug, Clone, PartialEq, Schema)]
struct City {
    id: i64,
    name: String,
    country_code: String,
}

#[derive(Debug, Clone, PartialEq, Schema)]
#[schema(table = "members")]
struct Member {
    id: Uuid,
    name: String,
    #[has_one(on_replace = update)]
    badge: HasOne<Badge>,
    #[has_one(on_replace = delete)]
    seat: HasOne<Seat>,
}

/// Its key is its member's.
#[derive(Debug, Clone, PartialEq, Schema)]
struct Badge {
    #[schema(primary_key)]
    member_id: Uuid,
    text: String,
}

#[derive(Debug, Clone, PartialEq, Schema)]
struct Seat {
    #[schema(primary_key)]
    member_id: Uuid,
    row: i32,
    #[belongs_to]
    member: BelongsTo<Member>,
}

async fn countries(db: &Db) -> Country {
    db.tables(
        "CREATE TABLE countries (code TEXT PRIMARY KEY, name TEXT NOT NULL);
         CREATE TABLE cities (id <key>, name TEXT NOT NULL, country_code TEXT NOT NULL REFERENCES countries (code) ON UPDATE CASCADE);
         INSERT INTO countries VALUES ('de', 'Germany'), ('fr', 'France');
         INSERT INTO cities VALUES (1, 'Bonn', 'de'), (2, 'Ulm', 'de'), (3, 'Nice', 'fr');",
    )
    .await;
    let mut germany: Country = db.repo.fetch("de".to_owned()).await.unwrap();
    db.repo.preload(&mut germany, Country::cities).await.unwrap();
    germany
}

async fn members(db: &Db) {
    let uuid = if db.is_postgres() { "UUID" } else { "BLOB" };
    db.execute(&format!(
        "CREATE TABLE members (id {uuid} PRIMARY KEY, name TEXT NOT NULL);
         CREATE TABLE badges (member_id {uuid} PRIMARY KEY REFERENCES members (id), text TEXT NOT NULL);
         CREATE TABLE seats (member_id {uuid} PRIMARY KEY REFERENCES members (id), row INTEGER NOT NULL);"
    ))
    .await;
}

async fn load(db: &Db, id: Uuid) -> Member {
    let mut member: Member = db.repo.fetch(id).await.unwrap();
    db.repo.preload(&mut member, (Member::badge, Member::seat.then(Seat::member))).await.unwrap();
    member
}

both! {
    async fn a_key_that_is_set_moves_the_row(db: Db) {
        db.execute("INSERT INTO tags (id, name) VALUES (1, 'a'), (2, 'b')").await;
        use crate::schemas::Tag;
        let tag: Tag = db.repo.fetch(1).await.unwrap();
        let tag = db.repo.update(tag.change().set(Tag::id, 7).set(Tag::name, "c")).await.unwrap();
        assert_eq!((tag.id, tag.name.as_str()), (7, "c"));
        assert_eq!(all_of(&db, "concat(id, name)", "tags").await, "2b 7c");
        let tag = db.repo.update(tag.change().set(Tag::name, "d")).await.unwrap();
        let taken = tag.change().set(Tag::id, 2).unique_constraint(Tag::id);
        assert_eq!(errors(db.repo.update(taken).await.unwrap_err()), ["id has already been taken"]);
        assert_eq!(all_of(&db, "concat(id, name)", "tags").await, "2b 7d");
    }

    async fn children_follow_a_cascade(db: Db) {
        let germany = countries(&db).await;
        let germany = db.repo.update(germany.change().set(Country::code, "DE")).await.unwrap();
        assert_eq!(all_of(&db, "concat(name, ':', country_code)", "cities").await, "Bonn:DE Nice:fr Ulm:DE");
        let mut again: Country = db.repo.fetch("DE".to_owned()).await.unwrap();
        db.repo.preload(&mut again, Country::cities).await.unwrap();
        assert!(!germany.cities.is_loaded() || germany.cities == again.cities, "what comes back is what is there");
    }

    async fn children_that_change_with_their_owners_key(db: Db) {
        let germany = countries(&db).await;
        let new = City::build().set(City::name, "Trier");
        let bonn = germany.cities.get().unwrap()[0].clone().change().set(City::name, "BONN");
        let germany = db.repo.update(germany.change().set(Country::code, "DE").put_assoc(Country::cities, (bonn, new))).await.unwrap();
        assert_eq!(all_of(&db, "concat(name, ':', country_code)", "cities").await, "BONN:DE Nice:fr Trier:DE");
        assert!(germany.cities.get().unwrap().iter().all(|city| city.country_code == "DE"));
    }

    async fn a_key_that_others_refer_to_without_a_cascade(db: Db) {
        db.execute("INSERT INTO posts (id, title) VALUES (1, 'P'); INSERT INTO comments (id, body, post_id) VALUES (1, 'c', 1)").await;
        use crate::schemas::Post;
        let post: Post = db.repo.fetch(1).await.unwrap();
        db.repo.update(post.change().set(Post::id, 2)).await.unwrap_err();
        assert_eq!(db.text("SELECT id FROM posts").await, "1");
    }

    async fn keys_of_children_move_in_one_statement(db: Db) {
        db.execute("INSERT INTO projects VALUES (1, 'p', 'P'); INSERT INTO tasks VALUES (1, 1, 'a', 'p'), (1, 2, 'b', 'p'), (1, 3, 'c', 'p')").await;
        let mut project: Project = db.repo.fetch((1, "p".to_owned())).await.unwrap();
        db.repo.preload(&mut project, Project::tasks).await.unwrap();
        let tasks = project.tasks.get().unwrap().to_vec();
        let moved = tasks.into_iter().map(|task| {
            let number = task.number;
            task.change().set(Task::number, number + 10)
        });
        db.forget();
        let project = db.repo.update(project.change().put_assoc(Project::tasks, moved.collect::<Vec<_>>())).await.unwrap();
        assert_eq!(db.statements().len(), 1);
        let numbers: Vec<i64> = project.tasks.get().unwrap().iter().map(|task| task.number).collect();
        assert_eq!(numbers, [11, 12, 13]);
        assert_eq!(all_of(&db, "concat(number, title)", "tasks").await, "11a 12b 13c");
        let task = project.tasks.get().unwrap()[1].clone();
        db.repo.delete(task).await.unwrap();
        assert_eq!(all_of(&db, "concat(number, title)", "tasks").await, "11a 13c");
    }

    async fn keys_of_children_cannot_swap_in_one_save(db: Db) {
        db.execute("INSERT INTO projects VALUES (1, 'p', 'P'); INSERT INTO tasks VALUES (1, 1, 'a', 'p'), (1, 2, 'b', 'p')").await;
        let mut project: Project = db.repo.fetch((1, "p".to_owned())).await.unwrap();
        db.repo.preload(&mut project, Project::tasks).await.unwrap();
        let swapped = project.tasks.get().unwrap().to_vec().into_iter().map(|task| {
            let number = 3 - task.number;
            task.change().set(Task::number, number).unique_constraint((Task::tenant_id, Task::number))
        });
        let swapped = swapped.collect::<Vec<_>>();
        let error = db.repo.update(project.change().put_assoc(Project::tasks, swapped)).await.unwrap_err();
        let refused = assoc::Misuse::CannotFree { schema: "Task", field: "number", xmin: false };
        assert_eq!(error.to_string(), refused.to_string());
        assert_eq!(all_of(&db, "concat(number, title)", "tasks").await, "1a 2b");
    }

    async fn a_shared_primary_key_is_the_owners(db: Db) {
        members(&db).await;
        let member = |name: &str| {
            let member = Member::build().set(Member::name, name).put_assoc(Member::badge, Badge::build().set(Badge::text, name));
            member.put_assoc(Member::seat, Seat::build().set(Seat::row, 1))
        };
        let all = db.repo.insert_many(["b", "a", "c"].map(member)).await.unwrap();
        assert_eq!(db.statements().len(), db.as_one(3));
        for member in all {
            let again = load(&db, member.id).await;
            assert_eq!(again.badge.get().unwrap().unwrap().text, member.name);
            assert_eq!(again.badge, member.badge);
            assert_eq!(again.seat.get().unwrap().unwrap().member_id, member.id);
            assert_eq!(again.seat.get().unwrap().unwrap().member.get().unwrap().unwrap().name, member.name);
        }
    }

    async fn a_row_with_a_shared_key_is_changed_and_replaced(db: Db) {
        members(&db).await;
        let member = Member::build().set(Member::name, "a").put_assoc(Member::badge, Badge::build().set(Badge::text, "old"));
        let member = db.repo.insert(member.put_assoc(Member::seat, Seat::build().set(Seat::row, 1))).await.unwrap();
        let id = member.id;
        let input = params(json!({"badge": {"text": "new"}, "seat": {"row": 2}}));
        let changeset = load(&db, id).await.change().cast(&input, ())
            .cast_assoc(Member::badge, |badge, params| badge.cast(params, Badge::text))
            .cast_assoc(Member::seat, |seat, params| seat.cast(params, Seat::row));
        db.repo.update(changeset).await.unwrap();
        assert_eq!(db.text("SELECT concat(text, row) FROM badges, seats").await, "new2");
        let changeset = load(&db, id).await.change().put_assoc(Member::seat, Seat::build().set(Seat::row, 3));
        db.repo.update(changeset).await.unwrap();
        let changeset = load(&db, id).await.change().put_assoc(Member::seat, None::<Seat>);
        assert_eq!(db.text("SELECT row FROM seats").await, "3");
        db.repo.update(changeset).await.unwrap();
        assert_eq!(db.count("seats").await, 0);
    }

    async fn a_shared_key_from_the_childs_side(db: Db) {
        members(&db).await;
        let seat = Seat::build().set(Seat::row, 5).put_assoc(Seat::member, Member::build().set(Member::name, "new"));
        let seat = db.repo.insert(seat).await.unwrap();
        assert_eq!(Some(seat.member_id), seat.member.get().unwrap().map(|member| member.id));
        let other = db.repo.insert(Member::build().set(Member::name, "other")).await.unwrap();
        let built = db.repo.insert(other.build_assoc(Member::seat).set(Seat::row, 6)).await.unwrap();
        assert_eq!(built.member_id, other.id);
        assert_eq!(all_of(&db, "concat(name, row)", "members JOIN seats ON member_id = id").await, "new5 other6");
    }

    async fn a_foreign_key_that_is_null_in_part_refers_to_nothing(db: Db) {
        db.execute("INSERT INTO projects VALUES (1, 'p', 'P'); INSERT INTO tasks VALUES (1, 1, 'a', 'p'), (1, 2, 'b', NULL)").await;
        let mut tasks = db.repo.all(Task::query().order_by(Task::number.asc())).await.unwrap();
        db.repo.preload(&mut tasks, Task::project).await.unwrap();
        let names: Vec<_> = tasks.iter().map(|task| task.project.get().unwrap().map(|project| project.name.as_str())).collect();
        assert_eq!(names, [Some("P"), None]);
        let project: Project = db.repo.fetch((1, "p".to_owned())).await.unwrap();
        let task = db.repo.update(tasks.pop().unwrap().change().put_assoc(Task::project, &project)).await.unwrap();
        assert_eq!((task.tenant_id, task.project_code.as_deref()), (1, Some("p")));
    }

    async fn letting_go_of_a_parent_keeps_the_part_that_is_the_key(db: Db) {
        db.execute("INSERT INTO projects VALUES (1, 'p', 'P'); INSERT INTO tasks VALUES (1, 1, 'a', 'p')").await;
        let mut task: Task = db.repo.fetch((1, 1)).await.unwrap();
        db.repo.preload(&mut task, Task::project).await.unwrap();
        let task = db.repo.update(task.change().put_assoc(Task::project, None::<Project>)).await.unwrap();
        assert_eq!((task.tenant_id, task.project_code), (1, None));
        assert_eq!((all_of(&db, "concat(tenant_id, number, coalesce(project_code, '-'))", "tasks").await.as_str(), db.count("projects").await), ("11-", 0));
    }
}

#[derive(Debug, Clone, PartialEq, Schema)]
struct Project {
    #[schema(primary_key)]
    tenant_id: i64,
    #[schema(primary_key)]
    code: String,
    name: String,
    #[has_many(foreign_key(tenant_id, project_code))]
    tasks: HasMany<Task>,
}

#[derive(Debug, Clone, PartialEq, Schema)]
struct Task {
    #[schema(primary_key)]
    tenant_id: i64,
    #[schema(primary_key)]
    number: i64,
    title: String,
    project_code: Option<String>,
    #[belongs_to(foreign_key(tenant_id, project_code), on_replace = delete)]
    project: BelongsTo<Project>,
}
