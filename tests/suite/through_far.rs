//! `through` over composite keys, and over more steps than anybody would write.

use assoc::prelude::*;

both! {
    async fn composite_keys_on_the_way(db: Db) {
        db.execute(
            "INSERT INTO projects VALUES (1, 'a', 'A'), (1, 'b', 'B'), (2, 'a', 'Other');
             INSERT INTO tasks VALUES (1, 1, 't', 'a'), (1, 2, 't', 'a'), (1, 3, 't', NULL), (2, 1, 't', 'a');
             INSERT INTO labels VALUES (1, 'x'), (1, 'y'), (2, 'x');
             INSERT INTO tasks_labels VALUES (1, 1, 1, 'x'), (1, 2, 1, 'x'), (1, 2, 1, 'y'), (1, 3, 1, 'y'), (2, 1, 2, 'x');",
        )
        .await;
        let mut projects = db.repo.all(Project::query().order_by((Project::tenant_id.asc(), Project::code.asc()))).await.unwrap();
        db.repo.preload(&mut projects, Project::labels).await.unwrap();
        let labels: Vec<Vec<_>> = projects.iter().map(|project| {
            project.labels.get().unwrap().iter().map(|label| format!("{}{}", label.tenant_id, label.name)).collect()
        }).collect();
        assert_eq!(labels, [vec!["1x", "1y"], vec![], vec!["2x"]]);
        let mut labels = db.repo.all(Label::query().order_by((Label::tenant_id.asc(), Label::name.asc()))).await.unwrap();
        db.repo.preload(&mut labels, Label::projects).await.unwrap();
        let names: Vec<Vec<_>> = labels.iter().map(|label| {
            label.projects.get().unwrap().iter().map(|project| project.name.as_str()).collect()
        }).collect();
        assert_eq!(names, [vec!["A"], vec!["A"], vec!["Other"]]);
    }

    async fn more_steps_than_anybody_would_write(db: Db) {
        db.execute("INSERT INTO categories (id, name) VALUES (1, 'root')").await;
        for id in 2..=33 {
            db.execute(&format!("INSERT INTO categories (id, name, parent_id) VALUES ({id}, 'c', {})", id - 1)).await;
        }
        let mut root: Level = db.repo.fetch(1).await.unwrap();
        db.repo.preload(&mut root, (Level::two, Level::four, Level::eight, Level::sixteen)).await.unwrap();
        assert_eq!([root.two.get(), root.four.get(), root.eight.get(), root.sixteen.get()].map(|level| level.unwrap()[0].id), [3, 5, 9, 17]);
        db.repo.preload(&mut root, Level::thirty_two).await.unwrap();
        assert_eq!(root.thirty_two.get().unwrap()[0].id, 33);
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
    #[has_many(through(tasks, labels))]
    labels: HasMany<Label>,
}

#[derive(Debug, Clone, PartialEq, Schema)]
struct Task {
    #[schema(primary_key)]
    tenant_id: i64,
    #[schema(primary_key)]
    number: i64,
    project_code: Option<String>,
    #[belongs_to(foreign_key(tenant_id, project_code))]
    project: BelongsTo<Project>,
    #[many_to_many(join_through = "tasks_labels", owner_key(tenant_id, number), related_key(label_tenant_id, label))]
    labels: ManyToMany<Label>,
}

#[derive(Debug, Clone, PartialEq, Schema)]
struct Label {
    #[schema(primary_key)]
    tenant_id: i64,
    #[schema(primary_key)]
    name: String,
    #[many_to_many(join_through = "tasks_labels", owner_key(label_tenant_id, label), related_key(tenant_id, number))]
    tasks: ManyToMany<Task>,
    #[has_many(through(tasks, project))]
    projects: HasMany<Project>,
}

#[derive(Debug, Clone, PartialEq, Schema)]
#[schema(table = "categories")]
struct Level {
    id: i64,
    parent_id: Option<i64>,
    #[has_many(foreign_key = parent_id)]
    children: HasMany<Level>,
    #[has_many(through(children, children))]
    two: HasMany<Level>,
    #[has_many(through(two, two))]
    four: HasMany<Level>,
    #[has_many(through(four, four))]
    eight: HasMany<Level>,
    #[has_many(through(eight, eight))]
    sixteen: HasMany<Level>,
    #[has_many(through(sixteen, sixteen))]
    thirty_two: HasMany<Level>,
}
