#include "gui/panels/inspector_panel.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>
#include <cstdint>
#include <utility>

#include "engine/judge/names.h"
#include "engine/judge/units.h"
#include "engine/mesh/model.h"
#include "gui/canvas/qt_words.h"
#include "gui/panels/icons.h"
#include "gui/workbench/words.h"

namespace shaketable::gui {
namespace {

const char* glyph_of(NodeHealth health) {
  switch (health) {
    case NodeHealth::kNoData:
      return "○";
    case NodeHealth::kHealthy:
      return "●";
    case NodeHealth::kDegraded:
      return "▲";
    case NodeHealth::kFailing:
      return "◆";
    case NodeHealth::kDown:
      return "■";
  }
  return "";
}

// Without answers there is no share of errors, and no latency.
QString errors_words(double rate, double share) {
  return rate > 0 ? words(share_text(share)) : QStringLiteral("–");
}

QString latency_words(double rate, std::uint32_t p50_us, std::uint32_t p99_us) {
  return rate > 0 ? QObject::tr("p50 %1, p99 %2")
                        .arg(words(latency_text(p50_us)), words(latency_text(p99_us)))
                  : QStringLiteral("–");
}

}  // namespace

InspectorPanel::InspectorPanel(Workbench& workbench, QWidget* parent,
                               std::optional<Selection> subject)
    : QWidget(parent), workbench_(workbench), pinned_(std::move(subject)) {
  setObjectName(pinned_ ? QStringLiteral("pinned_inspector") : QStringLiteral("inspector"));
  auto* const column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(0);
  title_ = new QLabel(this);
  title_->setObjectName(QStringLiteral("inspector_title"));
  title_->setTextInteractionFlags(Qt::TextSelectableByMouse);
  title_->setWordWrap(true);  // A call has two names: the window does not grow by them.
  auto* const head = new QVBoxLayout;
  head->setContentsMargins(12, 8, 12, 10);
  head->setSpacing(6);
  column->addLayout(head);
  auto* const line = new QHBoxLayout;
  line->setSpacing(0);
  line->addWidget(title_, 1);
  head->addLayout(line);
  if (!pinned_) {
    add_buttons(*line);
  }
  figures_ = new QLabel(this);
  figures_->setObjectName(QStringLiteral("inspector_figures"));
  figures_->setTextFormat(Qt::RichText);
  figures_->setWordWrap(true);
  figures_->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::LinksAccessibleByMouse |
                                    Qt::LinksAccessibleByKeyboard);
  connect(figures_, &QLabel::linkActivated, this, [this] {
    shows_all_of_why_ = !shows_all_of_why_;
    refresh_figures();
  });
  head->addWidget(figures_);
  properties_ = new PropertyTree(workbench, this);
  column->addWidget(properties_, 1);
  documentation_ = new QLabel(this);
  documentation_->setObjectName(QStringLiteral("documentation"));
  documentation_->setWordWrap(true);
  documentation_->setTextFormat(Qt::RichText);
  documentation_->setVisible(false);
  auto* const foot = new QVBoxLayout;
  foot->setContentsMargins(12, 6, 12, 8);
  foot->addWidget(documentation_);
  column->addLayout(foot);
  connect(properties_, &PropertyTree::documentation_changed, this, [this](const QString& html) {
    documentation_->setText(html);
    documentation_->setVisible(!html.isEmpty());
  });
  connect(&workbench_, &Workbench::selection_changed, this, &InspectorPanel::refresh_subject);
  connect(&workbench_, &Workbench::document_changed, this, &InspectorPanel::refresh_subject);
  connect(&workbench_, &Workbench::moment_changed, this, &InspectorPanel::refresh_figures);
  connect(&workbench_, &Workbench::runs_changed, this, &InspectorPanel::refresh_figures);
  refresh_subject();
}

// Through what was selected, and one more that stays.
void InspectorPanel::add_buttons(QHBoxLayout& row) {
  const auto add = [&](const QString& name, const QString& tip) {
    auto* const button = new QToolButton(this);
    button->setObjectName(name);
    button->setToolTip(tip);
    button->setAccessibleName(tip);
    button->setAutoRaise(true);
    button->setIconSize(QSize(16, 16));
    row.addWidget(button);
    return button;
  };
  back_ = add(QStringLiteral("inspect_back"), tr("What was selected before"));
  forth_ = add(QStringLiteral("inspect_forth"), tr("What was selected after that"));
  pin_ = add(QStringLiteral("inspect_pin"), tr("Keep an inspector of this beside this one"));
  connect(back_, &QToolButton::clicked, this, [this] { workbench_.select_back(); });
  connect(forth_, &QToolButton::clicked, this, [this] { workbench_.select_forth(); });
  connect(pin_, &QToolButton::clicked, this, [this] { Q_EMIT pin_asked(subject()); });
}

const Selection& InspectorPanel::subject() const {
  return pinned_ ? *pinned_ : workbench_.selection();
}

void InspectorPanel::set_theme(const Theme& theme) {
  theme_ = theme;
  if (!pinned_) {
    back_->setIcon(icon(Icon::kBack, theme));
    forth_->setIcon(icon(Icon::kForth, theme));
    pin_->setIcon(icon(Icon::kPin, theme));
  }
  refresh_figures();
}

QString InspectorPanel::figures() const { return figures_->text(); }

void InspectorPanel::refresh_subject() {
  const Selection& selection = subject();
  if (!pinned_) {
    back_->setEnabled(workbench_.can_select_back());
    forth_->setEnabled(workbench_.can_select_forth());
    pin_->setEnabled(selection.kind != Selection::Kind::kNothing);
  }
  QString title;
  std::vector<PropertyTree::Part> parts;
  switch (selection.kind) {
    case Selection::Kind::kNothing: {
      const engine::Scenario* const scenario = workbench_.scenario();
      title = scenario == nullptr       ? tr("No scenario")
              : !scenario->name.empty() ? words(scenario->name)
                                        : words(scenario->mesh.name);
      parts = {{tr("Run"), "run", {"run"}},
               {tr("Network"), "network", {"network"}},
               {tr("Defaults of all traffic"), "destination", {"traffic", "defaults"}}};
      break;
    }
    case Selection::Kind::kService:
      title = words(selection.service);
      parts = {{tr("Calls to %1").arg(title), "destination", {"traffic", selection.service}},
               {tr("Service"), "service", {"services", selection.service}}};
      break;
    case Selection::Kind::kEdge:
      title = words(selection.caller + " → " + selection.service);
      parts = {{tr("Calls to %1 by %2").arg(words(selection.service), words(selection.caller)),
                "destination",
                {"traffic", selection.service, "from", selection.caller}},
               {tr("Calls to %1 by all").arg(words(selection.service)),
                "destination",
                {"traffic", selection.service}}};
      break;
  }
  title_->setText(QStringLiteral("<span style='font-size:15px; font-weight:600'>%1</span>")
                      .arg(title.toHtmlEscaped()));
  properties_->show_parts(std::move(parts));
  refresh_figures();
}

void InspectorPanel::refresh_figures() {
  switch (subject().kind) {
    case Selection::Kind::kNothing:
      figures_->setText(run_figures());
      return;
    case Selection::Kind::kService:
      figures_->setText(service_figures());
      return;
    case Selection::Kind::kEdge:
      figures_->setText(edge_figures());
      return;
  }
}

QString InspectorPanel::table(const std::vector<std::pair<QString, QString>>& rows) const {
  QString html = QStringLiteral("<table cellspacing='0' cellpadding='1' width='100%'>");
  for (const auto& [name, value] : rows) {
    html += QStringLiteral(
                "<tr><td style='color:%1; padding-right: 8px' width='38%'>%2</td><td>%3</td></tr>")
                .arg(theme_.muted.name(), name, value);
  }
  return html + QStringLiteral("</table>");
}

QString InspectorPanel::state_words(NodeHealth health) const {
  return QStringLiteral("<span style='color:%1; font-weight:600'>%2 %3</span>")
      .arg(theme_.ink(health).name(), QString::fromUtf8(glyph_of(health)),
           QString::fromLatin1(name_of(health)));
}

QString InspectorPanel::why_words(const QString& why) const {
  constexpr qsizetype kBeginning = 56;  // Two lines; the settings below are what is worked with.
  if (why.size() <= kBeginning + 12) {
    return why.toHtmlEscaped();
  }
  const qsizetype end = std::max<qsizetype>(why.lastIndexOf(QLatin1Char(' '), kBeginning), 1);
  return QStringLiteral("%1 <a href='why' style='color:%2'>%3</a>")
      .arg((shows_all_of_why_ ? why : why.left(end) + QStringLiteral("…")).toHtmlEscaped(),
           theme_.accent.name(), shows_all_of_why_ ? tr("less") : tr("more"));
}

namespace {

// "2 to 8, at 60 % busy": what its autoscaler was told.
QString autoscale_words(const engine::Autoscale& it) {
  return QObject::tr("%1 to %2, at %3 busy")
      .arg(it.min)
      .arg(it.max)
      .arg(words(share_text(static_cast<double>(it.target_ppm) / 1e6)));
}

// What the service was last told to have until the moment, and why: "4 -> 7: 96 % busy ...".
QString last_scaling(const std::vector<engine::RunEvent>& events, engine::ServiceIndex service,
                     engine::Instant at) {
  QString text;
  for (const engine::RunEvent& event : events) {
    if (event.at > at) {
      break;
    }
    if (event.kind == engine::EventKind::kScaled && event.service == service) {
      text = QStringLiteral("%1, %2").arg(clock_text(event.at), words(event.reason));
    }
  }
  return text;
}

}  // namespace

QString InspectorPanel::service_figures() const {
  const engine::Scenario* const scenario = workbench_.scenario();
  const std::string& name = subject().service;
  const engine::ServiceIndex service =
      scenario == nullptr ? engine::kNone : engine::find_service(scenario->mesh, name);
  if (service == engine::kNone) {
    return tr("This service is not in the mesh any more.");
  }
  const auto& look = workbench_.look();
  if (!look || service >= look->nodes.size() || !look->nodes[service].has_run) {
    const engine::Service& of = scenario->mesh.services[service];
    std::uint32_t instances = 0;
    for (const engine::Version& version : of.versions) {
      instances += version.instances;
    }
    return table({{tr("Instances"), QString::number(instances)},
                  {tr("Runtime"), words(of.versions.front().runtime.name)},
                  {tr("Endpoints"), QString::number(of.endpoint_names.size())}});
  }
  const NodeLook& node = look->nodes[service];
  std::vector<std::pair<QString, QString>> rows = {
      {tr("State"), state_words(node.health)},
      {tr("Answers"), words(rate_text(node.rate))},
      {tr("Errors"), errors_words(node.rate, node.error_share)},
      {tr("Latency"), latency_words(node.rate, node.p50_us, node.p99_us)},
      {tr("Busy"), tr("%1, %2 waiting")
                       .arg(words(share_text(node.utilisation)))
                       .arg(node.queue, 0, 'f', node.queue < 10 ? 1 : 0)},
      {tr("Instances"), tr("%1 of %2 up").arg(node.instances_up).arg(node.instances) +
                            (node.ejected > 0 ? tr(", %1 ejected").arg(node.ejected) : QString())}};
  const RunEntry* const shown = workbench_.shown();
  if (const auto& autoscale = scenario->mesh.services[service].autoscale) {
    rows.emplace_back(tr("Autoscaler"), autoscale_words(*autoscale));
  }
  if (shown != nullptr) {
    const engine::ServiceIndex ran = engine::find_service(shown->scenario->scenario.mesh, name);
    const QString scaled = last_scaling(shown->history.events(), ran, workbench_.moment());
    if (!scaled.isEmpty()) {
      rows.emplace_back(tr("Scaled"), scaled.toHtmlEscaped());
    }
  }
  for (const std::uint32_t fault : node.faults) {
    rows.emplace_back(
        tr("Fault"),
        QStringLiteral("<span style='color:%1'>⚡ %2</span>")
            .arg(theme_.failing.name(),
                 words(engine::fault_words(shown->scenario->scenario, fault)).toHtmlEscaped()));
  }
  for (std::size_t e = 0; e < look->edges.size(); ++e) {
    const auto& [from, to] = workbench_.shape().edges[e];
    if (look->edges[e].circuit_open && (from == service || to == service)) {
      rows.emplace_back(tr("Circuit open"),
                        words(engine::edge_name(*scenario, from, to) + ": " + look->edges[e].reason)
                            .toHtmlEscaped());
    }
  }
  if (const auto run = workbench_.analysed()) {
    const engine::ServiceIndex ran = engine::find_service(run->scenario.scenario.mesh, name);
    for (const engine::WhyPath& why : run->run.verdict.analysis.cascade.why) {
      if (why.service == ran) {
        rows.emplace_back(tr("Why"), why_words(words(why.text)));
      }
    }
  }
  return table(rows);
}

QString InspectorPanel::edge_figures() const {
  const engine::Scenario* const scenario = workbench_.scenario();
  const auto& look = workbench_.look();
  if (scenario == nullptr || !look) {
    return tr("Run the scenario to see figures.");
  }
  const Selection& selection = subject();
  const auto from = engine::find_service(scenario->mesh, selection.caller);
  const auto to = engine::find_service(scenario->mesh, selection.service);
  for (std::size_t e = 0; e < look->edges.size(); ++e) {
    if (workbench_.shape().edges[e] != std::pair(from, to)) {
      continue;
    }
    const EdgeLook& edge = look->edges[e];
    const QString circuit =
        edge.circuit_open ? QStringLiteral("<span style='color:%1; font-weight:600'>OPEN</span> %2")
                                .arg(theme_.failing.name(), words(edge.reason).toHtmlEscaped())
                          : tr("closed");
    std::vector<std::pair<QString, QString>> rows = {
        {tr("State"), state_words(edge.health)},
        {tr("Requests"), words(rate_text(edge.rate))},
        {tr("Errors"), errors_words(edge.rate, edge.error_share)},
        {tr("Retries"), tr("%1 of the requests").arg(words(share_text(edge.retry_share)))},
        {tr("Latency"), latency_words(edge.rate, edge.p50_us, edge.p99_us)},
        {tr("Circuit"), circuit}};
    const auto against = [&rows](const QString& name, std::uint32_t used, std::uint32_t limit) {
      if (limit != proxy::kUnlimited) {
        rows.emplace_back(name, tr("%1 of %2").arg(used).arg(limit));
      }
    };
    against(tr("In flight"), edge.breaker.requests, edge.breaker.max_requests);
    against(tr("Pending"), edge.breaker.pending, edge.breaker.max_pending);
    return table(rows);
  }
  return tr("Nobody makes these calls any more.");
}

QString InspectorPanel::run_figures() const {
  const engine::Scenario* const scenario = workbench_.scenario();
  if (scenario == nullptr) {
    return {};
  }
  std::vector<std::pair<QString, QString>> rows;
  if (!scenario->about.empty()) {
    rows.emplace_back(tr("About"), words(scenario->about).toHtmlEscaped());
  }
  rows.emplace_back(tr("Mesh"), counted(scenario->mesh.services.size(), "service") +
                                    QStringLiteral(", ") +
                                    counted(workbench_.shape().edges.size(), "call"));
  const RunEntry* const shown = workbench_.shown();
  if (shown != nullptr) {
    const RunHistory& history = shown->history;
    const engine::Instant moment = workbench_.moment();
    if (history.has(moment)) {
      const Sample all = history.clients_at(history.bucket_at(moment));
      const double seconds = std::max(proxy::to_seconds(history.bucket()), 1e-9);
      rows.emplace_back(tr("Clients"), tr("%1, %2 errors, p99 %3")
                                           .arg(words(rate_text(all.count / seconds)),
                                                words(share_text(all.error_share())),
                                                words(latency_text(all.p99_us))));
    }
    rows.emplace_back(tr("Seed"), QString::number(shown->scenario->scenario.run.seed));
    rows.emplace_back(
        tr("Fingerprint"),
        QStringLiteral("<code>%1</code>").arg(shown->status.fingerprint, 16, 16, QLatin1Char('0')));
  }
  return table(rows);
}

}  // namespace shaketable::gui
