//! Functions over windows.

use assoc::{
    prelude::*,
    query::{Edge, Window, dense_rank, first_value, lag, last_value, lead, rank, row_number},
};

use super::blog;
use crate::schemas::*;

both! {
    async fn positions(db: Db) {
        blog(&db).await;
        let by_post = || Window::partition_by(Comment::post_id).order_by(Comment::id.desc());
        let query = Comment::query()
            .order_by(Comment::id.asc())
            .select((Comment::id, row_number().over(by_post()), lag(Comment::id).over(by_post()), lead(Comment::body).over(by_post())));
        let rows = db.repo.all(query).await.unwrap();
        assert_eq!(rows[0], (1, 3, Some(2), None));
        assert_eq!(rows[2], (3, 1, None, Some("second".to_owned())));
    }

    async fn ranks_share_places(db: Db) {
        blog(&db).await;
        let window = || Window::all().order_by(Post::author_id.asc().nulls_last());
        let query = Post::query()
            .order_by(Post::id.asc())
            .select((Post::id, rank().over(window()), dense_rank().over(window())));
        assert_eq!(db.repo.all(query).await.unwrap(), [(1, 1, 1), (2, 1, 1), (3, 3, 2), (4, 4, 3)]);
    }

    async fn aggregates_over_windows(db: Db) {
        blog(&db).await;
        let all = Window::partition_by(Comment::post_id);
        let so_far = || all.clone().order_by(Comment::id.asc());
        let last_two = || so_far().rows(Edge::Before(1), Edge::Current);
        let query = Comment::query().filter(Comment::post_id.eq(1)).order_by(Comment::id.asc()).select((
            Comment::id,
            Comment::rating.sum().over(so_far()),
            Comment::id.sum().over(last_two()),
            Comment::rating.avg().over(all.clone()),
            first_value(Comment::id).over(so_far()),
            last_value(Comment::id).over(so_far().rows(Edge::Unbounded, Edge::Unbounded)),
        ));
        assert_eq!(db.repo.all(query).await.unwrap(), [
            (1, Some(5), Some(1), Some(4.0), Some(1), Some(3)),
            (2, Some(8), Some(3), Some(4.0), Some(1), Some(3)),
            (3, Some(8), Some(5), Some(4.0), Some(1), Some(3)),
        ]);
    }
}
