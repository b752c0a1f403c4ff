#include "loadgen/app/batch_script.h"

#include <fmt/format.h>

#include "reports/command_line.h"

namespace shaketable::loadgen::app {
namespace {

std::string command_of(const BatchScript& script) {
  std::string text = "exec shaketable-load run";
  for (const std::string& argument : script.arguments) {
    text += ' ' + reports::shell_word(argument);
  }
  return text;
}

std::string start_of(const BatchScript& script) {
  return script.is_relative ? fmt::format("$(($(date +%s) + {}))", script.start_at)
                            : std::to_string(script.start_at);
}

}  // namespace

std::string slurm_text(const BatchScript& script) {
  // Not the script itself is called: Slurm copies it to the first node alone.
  const std::string task =
      command_of(script) + fmt::format(
                               " --shard $((SLURM_PROCID + 1))/{} --start-at \"$START\" --quiet"
                               " --json \"shaketable-load-$SLURM_JOB_ID-$SLURM_PROCID.json\"",
                               script.generators);
  return fmt::format(
      "#!/bin/sh\n"
      "#SBATCH --job-name=shaketable-load\n"
      "#SBATCH --ntasks={0} --ntasks-per-node=1 --cpus-per-task=1\n"
      "# {0} generators that act as one, begun at an agreed time: sbatch THIS-FILE\n"
      "# shaketable-load and the files of the load must be there on all nodes, and the folder "
      "shared.\n"
      "# The exit code is the one of the sum.\n"
      "START={1}\n"
      "export START\n"
      "srun sh -c {2}\n"
      "exec shaketable-load merge shaketable-load-\"$SLURM_JOB_ID\"-*.json"
      " --html \"shaketable-load-$SLURM_JOB_ID.html\"\n",
      script.generators, start_of(script), reports::shell_word(task));
}

std::string parallel_text(const BatchScript& script) {
  const std::string files =
      script.file.empty() ? "" : " --basefile " + reports::shell_word(script.file);
  std::string numbers;
  for (std::uint32_t i = 1; i <= script.generators; ++i) {
    numbers += ' ' + std::to_string(i);
  }
  return fmt::format(
      "#!/bin/sh\n"
      "# {0} generators that act as one, begun at an agreed time by GNU parallel:\n"
      "#   sh THIS-FILE                    all on this machine\n"
      "#   sh THIS-FILE one,two,three      on these, by ssh; shaketable-load must be there\n"
      "# The exit code is the one of the sum.\n"
      "if [ \"$1\" = --generator ]; then\n"
      "  {1} --shard \"$2/{0}\" --start-at \"$3\" --quiet --json \"shaketable-load-$2.json\"\n"
      "fi\n"
      "for i in{4}; do rm -f \"shaketable-load-$i.json\"; done\n"
      "start={2}\n"
      "if [ $# -gt 0 ]; then\n"
      "  parallel --jobs 1 --sshlogin \"$1\" --basefile \"$0\"{3} --return "
      "'shaketable-load-{{1}}.json' "
      "\\\n"
      "    --cleanup sh \"$0\" --generator '{{1}}' '{{2}}' :::{4} ::: \"$start\"\n"
      "else\n"
      "  parallel --jobs {0} sh \"$0\" --generator '{{1}}' '{{2}}' :::{4} ::: \"$start\"\n"
      "fi\n"
      "set --\n"
      "for i in{4}; do set -- \"$@\" \"shaketable-load-$i.json\"; done\n"
      "exec shaketable-load merge \"$@\" --html shaketable-load.html\n",
      script.generators, command_of(script), start_of(script), files, numbers);
}

}  // namespace shaketable::loadgen::app
