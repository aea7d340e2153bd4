create table posts (
    id bigserial primary key,
    title text not null unique
);
