#include "loadgen/app/kubernetes_job.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <filesystem>

#include <fmt/format.h>

#include "reports/command_line.h"
#include "reports/escape.h"

namespace shaketable::loadgen::app {
namespace {

constexpr char kName[] = "shaketable-load";
constexpr char kFolder[] = "/load";

/// Unix time for people: "2026-11-29 15:30:00 UTC".
std::string utc_text(std::int64_t seconds) {
  const std::time_t time = seconds;
  std::tm parts{};
  ::gmtime_r(&time, &parts);
  std::array<char, 64> text{};
  const std::size_t size = std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S UTC", &parts);
  return {text.data(), size};
}

/// A text as a YAML scalar, whatever it holds: JSON is YAML.
std::string quoted(const std::string& text) { return '"' + reports::for_json(text) + '"'; }

/// Lines as a block scalar: as they are, if YAML can hold them so.
std::string block(const std::string& text, const std::string& indent) {
  const bool is_plain = text.find('\r') == std::string::npos && !text.empty() && text[0] != ' ' &&
                        text[0] != '\n' && text.find('\t') == std::string::npos;
  if (!is_plain) {
    return quoted(text) + '\n';
  }
  std::string out = "|\n";
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string line = text.substr(at, end - at);
    out += (line.empty() ? "" : indent + line) + '\n';
    at = end + 1;
  }
  return out;
}

/// The shell's line: the share comes from the pod's index. It must be the shell's successor, which
/// gets the signal that ends a pod.
std::string script_of(const KubernetesJob& job, const std::string& file) {
  std::string text = "exec shaketable-load run";
  for (const std::string& argument : job.arguments) {
    text += ' ' + reports::shell_word(argument == job.file && !job.file.empty()
                                          ? std::string(kFolder) + '/' + file
                                          : argument);
  }
  return text +
         fmt::format(" --shard $((JOB_COMPLETION_INDEX + 1))/{} --start-at {} --quiet --json -",
                     job.generators, job.start_at);
}

}  // namespace

std::string kubernetes_text(const KubernetesJob& job) {
  const std::string file = std::filesystem::path(job.file).filename().string();
  std::string out = fmt::format(
      "# {0} generators that act as one. All of them begin at Unix time {1} ({2}):\n"
      "# apply this before, early enough for the pods to start. Later, give it another time:\n"
      "#   sed \"s/--start-at {1}/--start-at $(($(date +%s) + 120))/\" load.yaml | kubectl apply "
      "-f -\n"
      "# Files that the load names (CSV, bodies, certificates) must be in the image or mounted as "
      "well.\n"
      "#   kubectl apply -f load.yaml\n"
      "#   until kubectl get job {3} -o 'jsonpath={{.status.conditions[*].type}}' |\n"
      "#     grep -E 'Complete|Failed'; do sleep 2; done\n"
      "#   for i in $(seq 0 {4}); do\n"
      "#     kubectl logs -l batch.kubernetes.io/job-completion-index=$i,job-name={3} --tail=-1"
      " > $i.json\n"
      "#   done; shaketable-load merge [0-9]*.json --html load.html\n"
      "# `merge` judges the thresholds, of the sum, and misses parts that are not there. A pod "
      "that\n"
      "# fails (a set-up that does, --abort-unless) ends the others as well.\n",
      job.generators, job.start_at, utc_text(job.start_at), kName, job.generators - 1);
  if (!file.empty()) {
    out += fmt::format(
        "apiVersion: v1\n"
        "kind: ConfigMap\n"
        "metadata: {{name: {}}}\n"
        "data:\n"
        "  {}: {}"
        "---\n",
        kName, quoted(file), block(job.file_text, "    "));
  }
  out += fmt::format(
      "apiVersion: batch/v1\n"
      "kind: Job\n"
      "metadata: {{name: {0}}}\n"
      "spec:\n"
      "  completionMode: Indexed\n"
      "  completions: {1}\n"
      "  parallelism: {1}\n"
      "  backoffLimit: 0\n"
      "  template:\n"
      "    metadata: {{labels: {{app: {0}}}}}\n"
      "    spec:\n"
      "      restartPolicy: Never\n"
      "      # One generator a node, so that they do not compete for its cores.\n"
      "      topologySpreadConstraints:\n"
      "        - maxSkew: 1\n"
      "          topologyKey: kubernetes.io/hostname\n"
      "          whenUnsatisfiable: ScheduleAnyway\n"
      "          labelSelector: {{matchLabels: {{app: {0}}}}}\n"
      "      containers:\n"
      "        - name: load\n"
      "          image: {2}\n"
      "          command: [sh, -c, {3}]\n"
      "          resources: {{requests: {{cpu: \"1\", memory: 512Mi}}}}\n",
      kName, job.generators, quoted(job.image), quoted(script_of(job, file)));
  if (!file.empty()) {
    out += fmt::format(
        "          volumeMounts: [{{name: load, mountPath: {0}}}]\n"
        "      volumes: [{{name: load, configMap: {{name: {1}}}}}]\n",
        kFolder, kName);
  }
  return out;
}

}  // namespace shaketable::loadgen::app
