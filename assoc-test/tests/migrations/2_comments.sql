create table comments (
    id bigserial primary key,
    post_id bigint not null references posts (id),
    body text not null
);
