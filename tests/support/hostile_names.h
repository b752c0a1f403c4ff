#pragma once

#include <string>
#include <vector>

namespace shaketable {

/// Names that attack whoever prints them: markup, control characters, escape sequences,
/// bidirectional marks, bytes that are no UTF-8, very long ones.
[[nodiscard]] inline std::vector<std::string> hostile_names() {
  return {"<script>alert(1)</script>",
          "'onmouseover='alert(1)",
          "\"><img src=x onerror=alert(1)>",
          "]]><!--",
          "\x1b[2J\x1b[31mred",
          "\abell\tand\rreturn",
          "two\nlines",
          "\xe2\x80\xaegnp.exe",
          "a\xe2\x80\xa8"
          "b",
          "zero\xe2\x80\x8bwidth",
          std::string("a\0b", 3),
          "\xff\xfe bytes",
          "|pipe|`code`[link](http://example.com)",
          "@someone and www.example.com",
          "{\"json\": \"\\u003c\"}",
          "../../etc/passwd",
          "--help",
          "",
          std::string(5'000, 'x')};
}

}  // namespace shaketable
