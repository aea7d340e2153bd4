# Runs a private PostgreSQL until standard input ends, then removes every trace of it.
#
#   $1       the folder with initdb and postgres
#   $2       a name for the server's own folder
#   $3 ...   where that folder may be made, best place first
#
# Prints the server's folder once the server accepts connections; on failure prints why, to standard error.

bin=$1 name=$2
shift 2
umask 077
trap '' HUP INT TERM PIPE # the end of standard input is the only order to stop
exec 3<&0 </dev/null

fail() {
    cat log >&2
    cd / && rm -rf "$folder"
    exit 1
}

free_kilobytes() {
    df -Pk "$1" 2>/dev/null | {
        read -r header
        read -r device size used free rest
        echo "${free:-0}"
    }
}

folder=
for place; do
    [ "$(free_kilobytes "$place")" -ge 1048576 ] || continue
    mkdir "$place/$name" 2>/dev/null || continue
    folder=$place/$name
    break
done
if [ -z "$folder" ]; then
    echo "none of these folders is writable and has 1 GiB to spare: $*" >&2
    exit 1
fi
cd "$folder" || exit 1

"$bin/initdb" -D data -U postgres -A trust -E UTF8 --locale=C --no-sync --wal-segsize=1 >log 2>&1 || fail

# Speed over safety: what is lost in a crash is thrown away anyway.
"$bin/postgres" -D data -k "$folder" -p 5432 \
    -c listen_addresses= \
    -c max_connections=200 \
    -c fsync=off \
    -c synchronous_commit=off \
    -c full_page_writes=off \
    -c wal_level=minimal \
    -c max_wal_senders=0 \
    -c checkpoint_timeout=1d \
    -c log_checkpoints=off \
    -c autovacuum=off \
    -c dynamic_shared_memory_type=mmap \
    >>log 2>&1 3<&- &
server=$!
until grep -qs ready data/postmaster.pid; do
    kill -0 "$server" 2>/dev/null || fail
    sleep 0.01
done
echo "$folder"
exec >/dev/null 2>&1

{
    read -r end <&3
    kill -QUIT "$server"
} &
watcher=$!
wait "$server"
kill -KILL "$watcher"
cd / && rm -rf "$folder"
