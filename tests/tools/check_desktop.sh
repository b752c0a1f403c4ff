#!/usr/bin/env bash
# Usage: check_desktop.sh ROOT
#
# Whether the files that tell a desktop of the application are good: the menu entry, the AppStream
# metadata, the icon and the MIME type; and whether all of them speak of the same application.
set -euo pipefail
root=$1
folder=$root/gui/desktop
id=org.shaketable.Shaketable
failed=0

for tool in desktop-file-validate appstreamcli xmllint; do
  if ! command -v "$tool" >/dev/null; then
    echo "skipped: $tool is not installed"
    exit 77
  fi
done

complain() {
  echo "$*" >&2
  failed=1
}

desktop-file-validate "$folder/$id.desktop" || complain "$id.desktop is not valid"
appstreamcli validate --no-net --explain "$folder/$id.metainfo.xml" ||
  complain "$id.metainfo.xml is not valid"
for file in "$id.metainfo.xml" "$id.mime.xml" "$id.svg"; do
  xmllint --noout "$folder/$file" || complain "$file is no XML"
done

type=$(sed -n 's/.*mime-type type="\([^"]*\)".*/\1/p' "$folder/$id.mime.xml")
grep -q "^MimeType=$type;" "$folder/$id.desktop" || complain "the menu entry does not open $type"
grep -q "<mediatype>$type<" "$folder/$id.metainfo.xml" || complain "AppStream does not name $type"
grep -q "<launchable type=\"desktop-id\">$id.desktop<" "$folder/$id.metainfo.xml" ||
  complain "AppStream names another menu entry"
grep -q "setDesktopFileName(QStringLiteral(\"$id\"))" "$root/gui/app/run_app.cc" ||
  complain "the program names another menu entry"
exit "$failed"
