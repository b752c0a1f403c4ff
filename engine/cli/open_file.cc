#include "engine/cli/open_file.h"

#include <cerrno>
#include <filesystem>
#include <ostream>
#include <system_error>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;  // NOLINT(readability-redundant-declaration): POSIX wants it declared.

namespace shaketable::engine {

void open_file(const std::string& path, const Streams& streams) {
  std::error_code ignored;
  const std::filesystem::path absolute = std::filesystem::absolute(path, ignored);
  std::string name = "xdg-open";
  std::string file = absolute.string();
  char* const arguments[] = {name.data(), file.data(), nullptr};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  for (const int descriptor : {STDOUT_FILENO, STDERR_FILENO}) {
    posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_WRONLY, 0);
  }
  pid_t child = 0;
  const int error = posix_spawnp(&child, name.c_str(), &actions, nullptr, arguments, environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) {
    streams.err << "shaketable: cannot start xdg-open: " << std::generic_category().message(error)
                << "; the report is in " << path << '\n';
    return;
  }
  // xdg-open hands the file over and ends; some desktops keep it until the page is closed.
  int status = 0;
  static_cast<void>(waitpid(child, &status, WNOHANG));
}

}  // namespace shaketable::engine
