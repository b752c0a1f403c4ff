#include "gui/analysis/cascade_panel.h"

#include <QHeaderView>
#include <QLabel>
#include <QSplitter>
#include <QVBoxLayout>
#include <algorithm>

#include "engine/judge/names.h"
#include "engine/judge/units.h"
#include "gui/analysis/why.h"
#include "gui/canvas/qt_words.h"
#include "gui/workbench/words.h"

namespace shaketable::gui {
namespace {

constexpr int kFrom = Qt::UserRole, kUntil = Qt::UserRole + 1;
constexpr int kService = Qt::UserRole + 2, kCaller = Qt::UserRole + 3;
constexpr std::size_t kMostShown = 500;

void set_moment(QTreeWidgetItem& item, engine::Instant at) {
  item.setData(0, kFrom, static_cast<qlonglong>(proxy::nanoseconds_of(at)));
}

// Something that goes on for a while: it is red meanwhile.
void set_span(QTreeWidgetItem& item, engine::Instant from, engine::Instant until) {
  set_moment(item, from);
  item.setData(0, kUntil, static_cast<qlonglong>(proxy::nanoseconds_of(until)));
}

QString after_text(engine::Instant at, engine::Instant begin) {
  return at <= begin ? QString()
                     : QStringLiteral("  +%1").arg(words(engine::format_duration(at - begin)));
}

QString factor_text(std::int64_t ppm) {
  return words(engine::format_millionths(ppm, 2)) + QStringLiteral("×");
}

// "3 of 9 services · seen after 1 s · a policy acted after 2 s · all back at 1:02.0".
QString radius_words(const engine::RootCause& root, std::size_t services) {
  QStringList parts{QObject::tr("%1 of %2 services").arg(root.services).arg(services)};
  const auto after = [&root](engine::Instant at) {
    return words(engine::format_duration(std::max(at, root.at) - root.at));
  };
  if (root.seen != proxy::kNever) {
    parts << QObject::tr("seen after %1").arg(after(root.seen));
  }
  parts << (root.acted == proxy::kNever
                ? QObject::tr("no policy acted")
                : QObject::tr("a policy acted after %1").arg(after(root.acted)));
  parts << (root.recovered == proxy::kNever
                ? QObject::tr("not all came back")
                : QObject::tr("all back at %1").arg(clock_text(root.recovered)));
  return parts.join(QStringLiteral(" · "));
}

}  // namespace

CascadePanel::CascadePanel(Workbench& workbench, QWidget* parent)
    : QWidget(parent), workbench_(workbench) {
  setObjectName(QStringLiteral("cascade_panel"));
  auto* const column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(0);
  headline_ = new QLabel(this);
  headline_->setObjectName(QStringLiteral("cascade_headline"));
  headline_->setWordWrap(true);
  headline_->setContentsMargins(10, 6, 10, 6);
  headline_->setTextInteractionFlags(Qt::TextSelectableByMouse);
  column->addWidget(headline_);
  auto* const split = new QSplitter(Qt::Horizontal, this);
  column->addWidget(split, 1);
  const auto list = [&](const char* name, const QString& title, const QStringList& heads) {
    auto* const made = new QTreeWidget(split);
    made->setObjectName(QLatin1String(name));
    made->setAccessibleName(title);
    made->setHeaderLabels(heads);
    made->setUniformRowHeights(true);
    made->setAllColumnsShowFocus(true);
    made->setIndentation(16);
    connect(made, &QTreeWidget::itemClicked, this, [this](QTreeWidgetItem* item) { go(*item); });
    connect(made, &QTreeWidget::itemActivated, this, [this](QTreeWidgetItem* item) { go(*item); });
    return made;
  };
  steps_ = list("cascade_steps", tr("How the trouble travelled"),
                {tr("When"), tr("Service"), tr("What happened, and by what evidence"), tr("By")});
  steps_->setColumnWidth(0, 135);
  steps_->setColumnWidth(1, 120);
  steps_->header()->setStretchLastSection(false);
  steps_->header()->setSectionResizeMode(2, QHeaderView::Stretch);
  steps_->header()->setSectionResizeMode(3, QHeaderView::ResizeToContents);
  amplification_ = list("amplification", tr("Load that retries added"),
                        {tr("Retries added load"), tr("Normal"), tr("Worst"), tr("At")});
  amplification_->setRootIsDecorated(false);
  amplification_->header()->setStretchLastSection(false);
  amplification_->header()->setSectionResizeMode(0, QHeaderView::Stretch);
  split->setStretchFactor(0, 5);
  split->setStretchFactor(1, 2);
  split->setSizes({660, 300});
  connect(&workbench_, &Workbench::analysis_changed, this, &CascadePanel::refresh);
  connect(&workbench_, &Workbench::runs_changed, this, &CascadePanel::refresh);
  connect(&workbench_, &Workbench::selection_changed, this, &CascadePanel::refresh_headline);
  connect(&workbench_, &Workbench::moment_changed, this, &CascadePanel::refresh_moment);
  refresh_headline();
}

void CascadePanel::set_theme(const Theme& theme) {
  theme_ = theme;
  listed_.reset();
  refresh();
}

QString CascadePanel::headline() const { return headline_->text(); }

void CascadePanel::showEvent(QShowEvent* event) {
  QWidget::showEvent(event);
  refresh();
}

void CascadePanel::refresh() {
  if (!isVisible()) {
    return;
  }
  const auto run = workbench_.analysed();
  if (run != listed_) {
    listed_ = run;
    steps_->clear();
    amplification_->clear();
    if (run != nullptr) {
      list_steps(*run);
      list_amplification(*run);
    }
  }
  refresh_headline();
  refresh_moment();
}

void CascadePanel::refresh_headline() {
  const auto run = workbench_.analysed();
  const Selection& selection = workbench_.selection();
  if (run == nullptr) {
    headline_->setText(tr("Run the scenario: what leaves its normal state is explained here."));
    return;
  }
  const engine::Scenario& scenario = run->scenario.scenario;
  const engine::Cascade& cascade = run->run.verdict.analysis.cascade;
  if (selection.kind == Selection::Kind::kService) {
    const QString name = words(selection.service).toHtmlEscaped();
    const engine::WhyPath* const why = why_of(scenario, cascade, selection.service);
    headline_->setText(
        why != nullptr ? tr("<b>Why is %1 red?</b> %2").arg(name, words(why->text).toHtmlEscaped())
                       : tr("<b>%1</b> never left its normal state.").arg(name));
    return;
  }
  headline_->setText(
      cascade.headline.empty()
          ? tr("Nothing left its normal state.")
          : QStringLiteral("<b>%1</b>").arg(words(cascade.headline).toHtmlEscaped()));
}

void CascadePanel::list_steps(const RunResult& run) {
  const engine::Scenario& scenario = run.scenario.scenario;
  const engine::Cascade& cascade = run.run.verdict.analysis.cascade;
  std::vector<QTreeWidgetItem*> roots;
  for (const engine::RootCause& root : cascade.roots) {
    auto* const item =
        new QTreeWidgetItem(steps_, {clock_text(root.at),
                                     root.service == engine::kNone
                                         ? QString()
                                         : words(engine::service_name(scenario, root.service)),
                                     words(root.text), words_of(root.mechanism)});
    QFont bold = item->font(0);
    bold.setWeight(QFont::DemiBold);
    for (int column = 0; column < 3; ++column) {
      item->setFont(column, bold);
    }
    item->setToolTip(2, words(root.text));
    set_span(*item, root.at, root.recovered);
    item->setData(0, kService, item->text(1));
    auto* const radius = new QTreeWidgetItem(
        item, {QString(), QString(), radius_words(root, scenario.mesh.services.size())});
    radius->setForeground(2, theme_.muted);
    item->setExpanded(true);
    roots.push_back(item);
  }
  std::vector<QTreeWidgetItem*> items(cascade.steps.size(), nullptr);
  for (std::size_t i = 0; i < cascade.steps.size() && i < kMostShown; ++i) {
    const engine::CascadeStep& step = cascade.steps[i];
    QTreeWidgetItem* const parent =
        step.parent != engine::kNone && step.parent < i && items[step.parent] != nullptr
            ? items[step.parent]
        : step.root < roots.size() ? roots[step.root]
                                   : steps_->invisibleRootItem();
    const engine::Instant begin =
        step.root < cascade.roots.size() ? cascade.roots[step.root].at : step.at;
    const QString service = words(engine::service_name(scenario, step.service));
    auto* const item =
        new QTreeWidgetItem(parent, {clock_text(step.at) + after_text(step.at, begin), service,
                                     words(step.text), words_of(step.mechanism)});
    set_span(*item, step.at, step.until);
    item->setData(0, kService, service);
    if (step.caller != engine::kNone && step.callee != engine::kNone) {
      item->setToolTip(
          2, words(step.text + " (" + engine::edge_name(scenario, step.caller, step.callee) + ")"));
    }
    parent->setExpanded(true);  // The steps are the story; evidence alone is there on demand.
    add_evidence(*item, scenario, step);
    items[i] = item;
  }
  list_loops(run, roots);
  list_coincidences(cascade);
}

void CascadePanel::add_evidence(QTreeWidgetItem& item, const engine::Scenario& scenario,
                                const engine::CascadeStep& step) {
  for (const engine::Evidence& evidence : step.evidence) {
    QString text = words(evidence.text);
    if (evidence.caller != engine::kNone && evidence.service != engine::kNone) {
      text = words(engine::edge_name(scenario, evidence.caller, evidence.service)) +
             QStringLiteral(": ") + text;
    }
    auto* const line = new QTreeWidgetItem(
        &item, {clock_text(evidence.at), QString(), text, words_of(evidence.mechanism)});
    for (int column = 0; column < 4; ++column) {
      line->setForeground(column, theme_.muted);
    }
    set_moment(*line, evidence.at);
    if (evidence.caller != engine::kNone && evidence.service != engine::kNone) {
      line->setData(0, kCaller, words(engine::service_name(scenario, evidence.caller)));
      line->setData(0, kService, words(engine::service_name(scenario, evidence.service)));
    }
  }
}

// What kept going when its trigger was over.
void CascadePanel::list_loops(const RunResult& run, const std::vector<QTreeWidgetItem*>& roots) {
  for (const engine::Metastability& loop : run.run.verdict.analysis.metastability) {
    if (loop.root >= roots.size() || !loop.sustained) {
      continue;
    }
    auto* const item = new QTreeWidgetItem(
        {clock_text(loop.trigger_ended), tr("outlived its trigger"), words(loop.text)});
    roots[loop.root]->insertChild(1, item);
    item->setForeground(1, theme_.failing);
    item->setToolTip(2, words(loop.text));
    set_span(*item, loop.trigger_ended, loop.bad_until);
  }
}

void CascadePanel::list_coincidences(const engine::Cascade& cascade) {
  for (const engine::Coincidence& each : cascade.coincidences) {
    auto* const item = new QTreeWidgetItem(
        steps_,
        {clock_text(each.at), each.is_remedy ? tr("remedy") : tr("no cause"), words(each.text)});
    for (int column = 0; column < 3; ++column) {
      item->setForeground(column, theme_.muted);
    }
    item->setToolTip(2, words(each.text));
    set_moment(*item, each.at);
  }
}

void CascadePanel::list_amplification(const RunResult& run) {
  const engine::Scenario& scenario = run.scenario.scenario;
  const engine::Cascade& cascade = run.run.verdict.analysis.cascade;
  if (!cascade.worst_path.services.empty()) {
    QStringList path;
    for (const engine::ServiceIndex service : cascade.worst_path.services) {
      path << words(engine::service_name(scenario, service));
    }
    auto* const item =
        new QTreeWidgetItem(amplification_, {path.join(QStringLiteral(" → ")), QString(),
                                             factor_text(cascade.worst_path.product_ppm),
                                             clock_text(cascade.worst_path.at)});
    QFont bold = item->font(0);
    bold.setWeight(QFont::DemiBold);
    item->setFont(0, bold);
    item->setFont(2, bold);
    item->setToolTip(
        0, tr("The path on which the factors multiply to the most: %1").arg(item->text(0)));
    set_moment(*item, cascade.worst_path.at);
  }
  for (const engine::EdgeAmplification& edge : cascade.amplification) {
    auto* const item = new QTreeWidgetItem(
        amplification_,
        {words(engine::edge_name(scenario, edge.caller, edge.service)),
         factor_text(edge.normal_ppm), factor_text(edge.worst_ppm), clock_text(edge.worst_at)});
    item->setToolTip(0, tr("%1 attempts for %2 requests")
                            .arg(words(engine::format_count(edge.attempts)),
                                 words(engine::format_count(edge.requests))));
    if (edge.worst_ppm >= 1'500'000) {
      item->setForeground(2, theme_.failing);
    }
    set_moment(*item, edge.worst_at);
    item->setData(0, kCaller, words(engine::service_name(scenario, edge.caller)));
    item->setData(0, kService, words(engine::service_name(scenario, edge.service)));
  }
  if (amplification_->topLevelItemCount() == 0) {
    auto* const none = new QTreeWidgetItem(amplification_, {tr("No call was retried")});
    none->setForeground(0, theme_.muted);
  }
  for (int column = 1; column < amplification_->columnCount(); ++column) {
    amplification_->resizeColumnToContents(column);
  }
}

// What goes on at the moment is red, what has not happened yet is pale.
void CascadePanel::refresh_moment() {
  if (!isVisible()) {
    return;
  }
  const auto moment = static_cast<qlonglong>(proxy::nanoseconds_of(workbench_.moment()));
  for (QTreeWidgetItemIterator it(steps_); *it != nullptr; ++it) {
    QTreeWidgetItem& item = **it;
    if (!item.data(0, kUntil).isValid()) {
      continue;
    }
    const bool has_begun = item.data(0, kFrom).toLongLong() <= moment;
    const bool is_on = has_begun && moment < item.data(0, kUntil).toLongLong();
    const QColor& color = is_on ? theme_.failing : has_begun ? theme_.text : theme_.muted;
    if (item.foreground(0).color() != color) {
      item.setForeground(0, color);
    }
  }
}

void CascadePanel::go(const QTreeWidgetItem& item) {
  if (item.data(0, kFrom).isValid()) {
    workbench_.play_back(0);
    workbench_.look_at(engine::Instant(engine::Duration(item.data(0, kFrom).toLongLong())) +
                       (workbench_.shown() != nullptr ? workbench_.shown()->history.bucket()
                                                      : engine::Duration{}));
  }
  const std::string service = item.data(0, kService).toString().toStdString();
  const std::string caller = item.data(0, kCaller).toString().toStdString();
  if (!service.empty()) {
    workbench_.select(caller.empty() ? Selection::of_service(service)
                                     : Selection::of_edge(caller, service));
  }
}

}  // namespace shaketable::gui
