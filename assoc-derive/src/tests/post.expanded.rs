#[allow(non_upper_case_globals, dead_code, unused_qualifications)]
const _: () = {
    use ::assoc::__private as __assoc;
    impl Post {
        ///Column `id`.
        pub const id: __assoc::Column<Post, i64> = __assoc::Column::new(0);
        ///Column `title`.
        pub const title: __assoc::Column<Post, String> = __assoc::Column::new(1);
        ///Column `body`.
        pub const body: __assoc::Column<Post, Option<String>> = __assoc::Column::new(2);
        ///Column `type`.
        pub const r#type: __assoc::Column<Post, State> = __assoc::Column::new(3);
        ///Column `author_id`.
        pub const author_id: __assoc::Column<Post, Option<i64>> = __assoc::Column::new(
            4,
        );
        ///Column `rating`.
        const rating: __assoc::Column<Post, i32> = __assoc::Column::new(5);
        ///Column `lock`.
        pub const lock: __assoc::Column<Post, i32> = __assoc::Column::new(7);
        ///Column `inserted_at`.
        pub const inserted_at: __assoc::Column<Post, DateTime<Utc>> = __assoc::Column::new(
            8,
        );
        ///Column `updated_at`.
        pub const updated_at: __assoc::Column<Post, DateTime<Utc>> = __assoc::Column::new(
            9,
        );
        ///Association `author`.
        pub const author: __assoc::BelongsToRef<Post, User> = __assoc::AssocRef::new(const {
            &__assoc::schema::Association {
                on_replace: __assoc::schema::OnReplace::Nilify,
                ..__assoc::schema::Association::new(
                    "author",
                    "Post",
                    __assoc::schema::Kind::BelongsTo,
                    __assoc::schema::related::<User>(),
                    const {
                        let (key_0,) = <User>::__PRIMARY_KEY;
                        __assoc::schema::Relation::Parent(
                            &[
                                __assoc::schema::parent_key(
                                    key_0,
                                    __assoc::schema::nullable(<Post>::author_id),
                                ),
                            ],
                        )
                    },
                )
            }
        });
        ///Association `comments`.
        pub const comments: __assoc::HasManyRef<Post, Comment> = __assoc::AssocRef::new(const {
            &__assoc::schema::Association {
                on_replace: __assoc::schema::OnReplace::Delete,
                on_delete: __assoc::schema::OnDelete::DeleteAll,
                defaults: &[
                    __assoc::schema::Given {
                        field: __assoc::schema::column(<Comment>::kind).index(),
                        value: || __assoc::schema::assign(
                            __assoc::schema::column(<Comment>::kind),
                            "note",
                        ),
                    },
                ],
                order: &[
                    __assoc::schema::Ordered {
                        field: __assoc::schema::column(<Comment>::id).stored_index(),
                        descending: true,
                    },
                ],
                ..__assoc::schema::Association::new(
                    "comments",
                    "Post",
                    __assoc::schema::Kind::HasMany,
                    __assoc::schema::related::<Comment>(),
                    const {
                        __assoc::schema::Relation::Child(
                            &[__assoc::schema::child_key(<Post>::id, <Comment>::post_id)],
                        )
                    },
                )
            }
        });
        ///Association `tags`.
        pub const tags: __assoc::ManyToManyRef<Post, Tag> = __assoc::AssocRef::new(const {
            &__assoc::schema::Association {
                on_replace: __assoc::schema::OnReplace::Delete,
                ..__assoc::schema::Association::new(
                    "tags",
                    "Post",
                    __assoc::schema::Kind::ManyToMany,
                    __assoc::schema::related::<Tag>(),
                    const {
                        let (key_0,) = <Tag>::__PRIMARY_KEY;
                        __assoc::schema::Relation::Join(
                            &__assoc::schema::Join {
                                table: __assoc::schema::JoinTable::Schema(
                                    __assoc::schema::related::<PostTag>(),
                                ),
                                owner: &[
                                    __assoc::schema::join_key(<Post>::id, <PostTag>::post_id),
                                ],
                                related: &[
                                    __assoc::schema::join_key(key_0, <PostTag>::tag_id),
                                ],
                                defaults: &[
                                    __assoc::schema::join_default(
                                        __assoc::schema::column(<PostTag>::rank),
                                        || __assoc::schema::typed(
                                            __assoc::schema::column(<PostTag>::rank),
                                            1,
                                        ),
                                    ),
                                ],
                                skip_existing: false,
                            },
                        )
                    },
                )
            }
        });
        ///Embed `links`.
        pub const links: __assoc::EmbedsManyRef<Post, Link> = __assoc::AssocRef::new(const {
            &__assoc::schema::Association {
                on_replace: __assoc::schema::OnReplace::Delete,
                ..__assoc::schema::Association::new(
                    "links",
                    "Post",
                    __assoc::schema::Kind::EmbedsMany,
                    __assoc::schema::embedded::<Link>(),
                    const {
                        __assoc::schema::Relation::Embed {
                            field: 6,
                        }
                    },
                )
            }
        });
        #[doc(hidden)]
        pub const __PRIMARY_KEY: (__assoc::Column<Post, i64>,) = (Self::id,);
    }
    #[automatically_derived]
    impl __assoc::Schema for Post {
        type Key = <i64 as __assoc::ColumnType>::Base;
        const META: &'static __assoc::schema::Meta = {
            let _ = (
                <i64 as __assoc::ColumnType>::TYPE,
                <String as __assoc::ColumnType>::TYPE,
                <Option<String> as __assoc::ColumnType>::TYPE,
                <State as __assoc::ColumnType>::TYPE,
                <Option<i64> as __assoc::ColumnType>::TYPE,
                <i32 as __assoc::ColumnType>::TYPE,
                <i32 as __assoc::ColumnType>::TYPE,
                <DateTime<Utc> as __assoc::ColumnType>::TYPE,
                <DateTime<Utc> as __assoc::ColumnType>::TYPE,
            );
            &__assoc::schema::Meta {
                name: "Post",
                table: __assoc::schema::Table {
                    schema: ::core::option::Option::None,
                    name: "posts",
                },
                fields: &[
                    __assoc::schema::Field::new::<i64>("id", "id"),
                    __assoc::schema::Field::new::<String>("title", "title"),
                    __assoc::schema::Field::new::<Option<String>>("body", "body"),
                    __assoc::schema::Field {
                        default: ::core::option::Option::Some(|| <State as __assoc::ColumnType>::into_value(
                            ::assoc::types::Assign::<State>::assign(State::Draft),
                        )),
                        ..__assoc::schema::Field::new::<State>("type", "kind")
                    },
                    __assoc::schema::Field::new::<Option<i64>>("author_id", "author_id"),
                    __assoc::schema::Field {
                        database_default: __assoc::schema::DatabaseDefault::Expression(
                            "0",
                        ),
                        ..__assoc::schema::Field::new::<i32>("rating", "rating")
                    },
                    __assoc::schema::Field::embed("links", "links", true),
                    __assoc::schema::Field {
                        default: ::core::option::Option::Some(|| <<i32 as __assoc::ColumnType>::Base as __assoc::ColumnType>::into_value(
                            <<i32 as __assoc::ColumnType>::Base as ::assoc::types::Counter>::FIRST,
                        )),
                        version: ::core::option::Option::Some(
                            __assoc::schema::Version::Counter,
                        ),
                        ..__assoc::schema::Field::new::<i32>("lock", "lock")
                    },
                    __assoc::schema::Field {
                        on_insert: ::core::option::Option::Some(|| <DateTime<
                            Utc,
                        > as __assoc::ColumnType>::into_value(
                            __assoc::Timestamp::now(),
                        )),
                        ..__assoc::schema::Field::new::<
                            DateTime<Utc>,
                        >("inserted_at", "inserted_at")
                    },
                    __assoc::schema::Field {
                        on_insert: ::core::option::Option::Some(|| <DateTime<
                            Utc,
                        > as __assoc::ColumnType>::into_value(
                            __assoc::Timestamp::now(),
                        )),
                        on_update: ::core::option::Option::Some(|| <DateTime<
                            Utc,
                        > as __assoc::ColumnType>::into_value(
                            __assoc::Timestamp::now(),
                        )),
                        ..__assoc::schema::Field::new::<
                            DateTime<Utc>,
                        >("updated_at", "updated_at")
                    },
                ],
                columns: 10,
                primary_key: &[0],
                associations: &[
                    Self::author.meta(),
                    Self::comments.meta(),
                    Self::tags.meta(),
                    Self::links.meta(),
                ],
                rows: __assoc::schema::RowFns::of::<Self>(),
            }
        };
        fn from_row(
            row: &mut dyn __assoc::schema::Row,
        ) -> ::core::result::Result<Self, __assoc::TypeError> {
            let _ = (
                <i64 as __assoc::ColumnType>::TYPE,
                <String as __assoc::ColumnType>::TYPE,
                <Option<String> as __assoc::ColumnType>::TYPE,
                <State as __assoc::ColumnType>::TYPE,
                <Option<i64> as __assoc::ColumnType>::TYPE,
                <i32 as __assoc::ColumnType>::TYPE,
                <i32 as __assoc::ColumnType>::TYPE,
                <DateTime<Utc> as __assoc::ColumnType>::TYPE,
                <DateTime<Utc> as __assoc::ColumnType>::TYPE,
            );
            let _ = (__assoc::schema::embedded::<Link>,);
            ::core::result::Result::Ok(Self {
                id: __assoc::schema::read(row, Self::META, 0)?,
                title: __assoc::schema::read(row, Self::META, 1)?,
                body: __assoc::schema::read(row, Self::META, 2)?,
                r#type: __assoc::schema::read(row, Self::META, 3)?,
                author_id: __assoc::schema::read(row, Self::META, 4)?,
                rating: __assoc::schema::read(row, Self::META, 5)?,
                links: __assoc::schema::read_embed(row, Self::META, 6)?,
                lock: __assoc::schema::read(row, Self::META, 7)?,
                inserted_at: __assoc::schema::read(row, Self::META, 8)?,
                updated_at: __assoc::schema::read(row, Self::META, 9)?,
                author: __assoc::schema::Loadable::not_loaded(Self::author.meta()),
                comments: __assoc::schema::Loadable::not_loaded(Self::comments.meta()),
                tags: __assoc::schema::Loadable::not_loaded(Self::tags.meta()),
            })
        }
        fn into_record(self) -> __assoc::schema::Record {
            let _ = (
                __assoc::schema::related::<User>,
                __assoc::schema::related::<Comment>,
                __assoc::schema::related::<Tag>,
                __assoc::schema::embedded::<Link>,
            );
            __assoc::schema::Record {
                values: ::std::vec![
                    ::core::option::Option::Some(< i64 as __assoc::ColumnType >
                    ::into_value(self.id)), ::core::option::Option::Some(< String as
                    __assoc::ColumnType > ::into_value(self.title)),
                    ::core::option::Option::Some(< Option < String > as
                    __assoc::ColumnType > ::into_value(self.body)),
                    ::core::option::Option::Some(< State as __assoc::ColumnType >
                    ::into_value(self.r#type)), ::core::option::Option::Some(< Option <
                    i64 > as __assoc::ColumnType > ::into_value(self.author_id)),
                    ::core::option::Option::Some(< i32 as __assoc::ColumnType >
                    ::into_value(self.rating)), ::core::option::Option::None,
                    ::core::option::Option::Some(< i32 as __assoc::ColumnType >
                    ::into_value(self.lock)), ::core::option::Option::Some(< DateTime <
                    Utc > as __assoc::ColumnType > ::into_value(self.inserted_at)),
                    ::core::option::Option::Some(< DateTime < Utc > as
                    __assoc::ColumnType > ::into_value(self.updated_at))
                ],
                associations: __assoc::schema::ByMember::taken(
                    &mut [
                        __assoc::schema::Loadable::into_loaded(
                            self.author,
                            Self::author.meta(),
                        ),
                        __assoc::schema::Loadable::into_loaded(
                            self.comments,
                            Self::comments.meta(),
                        ),
                        __assoc::schema::Loadable::into_loaded(
                            self.tags,
                            Self::tags.meta(),
                        ),
                        __assoc::schema::into_loaded(self.links),
                    ],
                ),
            }
        }
    }
    #[automatically_derived]
    impl __assoc::schema::Entity for Post {
        __assoc::schema::row_fns!();
        fn value(&self, field: usize) -> ::core::option::Option<__assoc::Value> {
            ::core::option::Option::Some(
                match field {
                    0 => {
                        <i64 as __assoc::ColumnType>::into_value(
                            ::core::clone::Clone::clone(&self.id),
                        )
                    }
                    1 => {
                        <String as __assoc::ColumnType>::into_value(
                            ::core::clone::Clone::clone(&self.title),
                        )
                    }
                    2 => {
                        <Option<
                            String,
                        > as __assoc::ColumnType>::into_value(
                            ::core::clone::Clone::clone(&self.body),
                        )
                    }
                    3 => {
                        <State as __assoc::ColumnType>::into_value(
                            ::core::clone::Clone::clone(&self.r#type),
                        )
                    }
                    4 => {
                        <Option<
                            i64,
                        > as __assoc::ColumnType>::into_value(
                            ::core::clone::Clone::clone(&self.author_id),
                        )
                    }
                    5 => {
                        <i32 as __assoc::ColumnType>::into_value(
                            ::core::clone::Clone::clone(&self.rating),
                        )
                    }
                    7 => {
                        <i32 as __assoc::ColumnType>::into_value(
                            ::core::clone::Clone::clone(&self.lock),
                        )
                    }
                    8 => {
                        <DateTime<
                            Utc,
                        > as __assoc::ColumnType>::into_value(
                            ::core::clone::Clone::clone(&self.inserted_at),
                        )
                    }
                    9 => {
                        <DateTime<
                            Utc,
                        > as __assoc::ColumnType>::into_value(
                            ::core::clone::Clone::clone(&self.updated_at),
                        )
                    }
                    _ => return ::core::option::Option::None,
                },
            )
        }
        fn each_slot<'__slots>(
            &'__slots mut self,
            each: &mut dyn ::core::ops::FnMut(
                usize,
                &'__slots mut dyn __assoc::schema::Slot,
            ),
        ) {
            let _ = (
                __assoc::schema::related::<User>,
                __assoc::schema::related::<Comment>,
                __assoc::schema::related::<Tag>,
                __assoc::schema::embedded::<Link>,
            );
            let _ = &each;
            each(0, __assoc::schema::Loadable::slot(&mut self.author));
            each(1, __assoc::schema::Loadable::slot(&mut self.comments));
            each(2, __assoc::schema::Loadable::slot(&mut self.tags));
            each(3, &mut self.links);
        }
    }
    #[automatically_derived]
    impl __assoc::Stored for Post {}
};
