/**
 * What the helper container runs, for any POSIX shell with busybox's or GNU's tools. The text never changes: paths and
 * numbers come as arguments.
 *
 * It trusts nothing about names, since somebody on the host may be renaming things below the mount while it works. It
 * goes into one directory at a time and makes sure that this was no symlink, and changes owner and mode of the
 * directory it stands in (`.`) or of a file that it holds open, never by a path of several names.
 *
 * Exit codes: 10 the mount is not what was looked at · 11 something is in the way · 12 the image lacks a program ·
 * 13 the source is not there · any other: the last line says what a program answered.
 */
export const helperScript = `
set -euf
export LC_ALL=C PATH="$PATH:/usr/sbin:/usr/bin:/sbin:/bin"
fail() { printf '%s\\n' "$2"; exit "$1"; }

# make, replace (make, after removing something empty of the wrong type) or mend
verb=$1
# device:inode of the mount, uid:gid, octal mode in five digits (with four, GNU's chmod keeps a directory's setgid bit);
# - is: do not care
expect=$2 owner=$3 mode=$4
# d or f, yes or no, and the path from the mount to the source: may be empty
type=$5 recursive=$6 path=$7
shift 7

exists() { [ -e "./$1" ] || [ -L "./$1" ] || fail 13 "$1 does not exist"; }

enter() {
  exists "$1"
  from=$(pwd -P)
  cd -P "./$1" || fail 11 "$1 is not a directory"
  [ "$(pwd -P)" = "$from/$1" ] || fail 11 "$1 is a symlink"
}

own() {
  [ "$owner" = - ] || [ "$(stat -L -c %u:%g "$1")" = "$owner" ] || chown "$owner" "$1"
  [ "$2" = - ] || chmod "$2" "$1"
}

# build LENIENT MODE NAME...: directories in each other; MODE is for the last. What exists is left as it is.
build() {
  lenient=$1 last=$2
  shift 2
  while [ $# -gt 0 ]; do
    if [ -L "./$1" ] || { [ -e "./$1" ] && [ ! -d "./$1" ]; }; then
      [ "$lenient" = yes ] && return 0
      fail 11 "$1 is in the way: it is not a directory"
    fi
    made=no
    [ -d "./$1" ] || { mkdir -m 0700 "./$1" && made=yes; } || [ -d "./$1" ]
    enter "$1"
    if [ $made = yes ]; then
      # Whoever may write in the parent could have put another directory here in the meantime.
      [ -z "$(ls -A .)" ] || fail 11 "$1 was replaced while it was being made"
      if [ $# -eq 1 ]; then own . "$last"; else own . 00755; fi
    fi
    shift
  done
}

# Of a plain file, held open, so that it is the one that was looked at.
own_file() {
  exists "$1"
  { [ -f "./$1" ] && [ ! -L "./$1" ]; } || fail 11 "$1 is not a file"
  exec 3<"./$1"
  [ "$(stat -L -c %d:%i /proc/self/fd/3)" = "$(stat -c %d:%i "./$1")" ] || fail 11 "$1 is a symlink"
  own /proc/self/fd/3 "$mode"
}

make_file() {
  if [ -f "./$1" ] && [ ! -L "./$1" ]; then return 0; fi
  set -C
  exec 3>"./$1"
  set +C
  own /proc/self/fd/3 "$mode"
}

own_below() {
  command -v find >/dev/null || fail 12 "find: not found"
  top=$(pwd -P)
  set --
  while read -r _ _ _ _ point _; do
    case $point in "$top"/?*)
      point=.\${point#"$top"}
      printf 'skipped: %s: another filesystem is mounted there\\n' "$point"
      # The table has blanks as \\040; in a pattern any character may stand for what cannot be written as it is.
      set -- "$@" -path "$(printf %s "$point" | sed 's/\\\\[0-7][0-7][0-7]/?/g; s/[][*]/?/g')" -prune -o
    esac
  done </proc/self/mountinfo
  links=0
  read -r links </proc/sys/fs/protected_hardlinks || true
  [ "$links" = 1 ] || set -- "$@" ! -type d -links +1 -o
  find . -xdev -path . -o "$@" ! '(' -user "\${owner%:*}" -group "\${owner#*:}" ')' -exec chown -h "$owner" {} + 2>&1 | {
    failed=0 skipped=0
    while IFS= read -r line; do
      case $line in
        *'No such file or directory') ;;
        *'Read-only file system')
          skipped=$((skipped + 1))
          [ $skipped -gt 100 ] || printf 'skipped: %s\\n' "$line" ;;
        *)
          failed=1
          printf '%s\\n' "$line" ;;
      esac
    done
    exit $failed
  }
}

if [ "$expect" != - ] && [ "$(stat -c %d:%i /source)" != "$expect" ]; then
  fail 10 "it is not what was there a moment ago"
fi
if [ -d /source ]; then cd -P /source; else cd -P /; path=source; fi

file=
if [ $type = f ]; then
  file=\${path##*/}
  path=\${path%"$file"}
fi

if [ $verb = replace ]; then
  # rmdir refuses what is not empty. Only the last name is left here: the mount is the directory that holds it.
  if [ $type = f ]; then
    if [ -d "./$file" ] && [ ! -L "./$file" ]; then rmdir "./$file"; fi
  elif [ -f "./$path" ] && [ ! -L "./$path" ] && [ ! -s "./$path" ]; then
    rm -f "./$path"
  fi
fi

go() {
  last=$1
  IFS=/
  set -- $path
  unset IFS
  if [ $verb = mend ]; then
    for name; do enter "$name"; done
  else
    build no "$last" "$@"
  fi
}

if [ $type = f ]; then
  go 00755
  if [ $verb = mend ]; then own_file "$file"; else make_file "$file"; fi
  exit 0
fi
go "$mode"
if [ $verb = mend ]; then
  # Itself last: right only once everything below it is.
  [ $recursive = no ] || own_below
  own . "$mode"
fi
for below; do
  (
    IFS=/
    set -- $below
    unset IFS
    build yes 00755 "$@"
  )
done
`;
