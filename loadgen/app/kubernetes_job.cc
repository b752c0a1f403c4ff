#include "loadgen/app/kubernetes_job.h"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "reports/command_line.h"
#include "reports/escape.h"

namespace shaketable::loadgen::app {
namespace {

constexpr char kName[] = "shaketable-load";
constexpr char kFolder[] = "/load";

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

/// The shell's line: the share comes from the pod's index. Quiet, for a pod's log holds both
/// streams, and must be the result alone.
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
      "# {} generators that act as one. All of them begin at Unix time {}: apply this before,\n"
      "# early enough for the pods to start. Files that the load names (CSV, bodies, "
      "certificates)\n"
      "# must be in the image or mounted as well.\n"
      "#   kubectl apply -f load.yaml && kubectl wait --for=condition=complete job/{} "
      "--timeout=1h\n"
      "#   for i in $(seq 0 {}); do\n"
      "#     kubectl logs -l batch.kubernetes.io/job-completion-index=$i,job-name={} --tail=-1"
      " > $i.json\n"
      "#   done; shaketable-load merge [0-9]*.json --html load.html\n",
      job.generators, job.start_at, kName, job.generators - 1, kName);
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
