#[allow(non_upper_case_globals, dead_code, unused_qualifications)]
const _: () = {
    use ::assoc::__private as __assoc;
    impl PostSummary {
        ///Column `title`.
        pub const title: __assoc::Column<PostSummary, String> = __assoc::Column::new(0);
        ///Column `comments`.
        pub const comments: __assoc::Column<PostSummary, i64> = __assoc::Column::new(1);
        ///Column `last`.
        const r#last: __assoc::Column<PostSummary, Option<String>> = __assoc::Column::new(
            2,
        );
    }
    #[automatically_derived]
    impl __assoc::query::Source for PostSummary {
        type Row = Self;
        fn name() -> &'static str {
            "post_summary"
        }
        fn column(field: usize) -> (&'static str, __assoc::Type) {
            __assoc::query::column(
                &[
                    ("title", <String as __assoc::ColumnType>::TYPE),
                    ("comments", <i64 as __assoc::ColumnType>::TYPE),
                    ("last", <Option<String> as __assoc::ColumnType>::TYPE),
                ],
                field,
            )
        }
        fn width() -> usize {
            3
        }
        fn read(
            row: &mut dyn __assoc::schema::Row,
        ) -> ::core::result::Result<Self, __assoc::TypeError> {
            let _ = (
                <String as __assoc::ColumnType>::TYPE,
                <i64 as __assoc::ColumnType>::TYPE,
                <Option<String> as __assoc::ColumnType>::TYPE,
            );
            ::core::result::Result::Ok(Self {
                title: __assoc::query::read_field::<
                    String,
                >(row, 0, "PostSummary", "title")?,
                comments: __assoc::query::read_field::<
                    i64,
                >(row, 1, "PostSummary", "comments")?,
                r#last: __assoc::query::read_field::<
                    Option<String>,
                >(row, 2, "PostSummary", "last")?,
            })
        }
    }
    #[automatically_derived]
    impl __assoc::query::Selection for PostSummary {
        type Columns = (String, i64, Option<String>);
    }
    #[automatically_derived]
    impl<__Q, __I0, __I1> __assoc::query::SelectFrom<__Q, (__I0, __I1)> for PostSummary
    where
        Post: __assoc::query::In<__Q, __I0, Presence: __assoc::query::Presence<Post>>,
        Comment: __assoc::query::In<__Q, __I1>,
    {
        fn expressions() -> ::std::vec::Vec<__assoc::query::Node> {
            let _ = (
                <String as __assoc::ColumnType>::TYPE,
                <i64 as __assoc::ColumnType>::TYPE,
                <Option<String> as __assoc::ColumnType>::TYPE,
            );
            ::std::vec![
                __assoc::query::expression:: < __Q, _, _ > (< Post > ::title).read_as:: <
                String > (), __assoc::query::expression:: < __Q, _, _ > (Comment::id
                .count()).read_as:: < i64 > (), __assoc::query::expression:: < __Q, _, _
                > (Comment::body).read_as:: < Option < String > > ()
            ]
        }
    }
};
