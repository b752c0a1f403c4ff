#include "gui/panels/runs_panel.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QSplitter>
#include <QTreeWidgetItemIterator>
#include <QVBoxLayout>
#include <algorithm>

#include "engine/cli/finished_run.h"
#include "engine/judge/units.h"
#include "gui/canvas/qt_words.h"
#include "gui/workbench/words.h"
#include "reports/comparison_rows.h"
#include "reports/html/comparison_page.h"

namespace shaketable::gui {
namespace {

constexpr std::size_t kMostDeltas = 60;

QString state_of(const RunEntry& entry) {
  switch (entry.status.state) {
    case RunState::kRunning:
      return QObject::tr("running");
    case RunState::kPaused:
      return QObject::tr("paused");
    case RunState::kJudging:
      return QObject::tr("being judged");
    case RunState::kFailed:
      return QObject::tr("◆ could not go on");
    case RunState::kFinished:
      return entry.result == nullptr            ? QObject::tr("being judged")
             : entry.result->run.verdict.passed ? QObject::tr("● passed")
                                                : QObject::tr("◆ failed");
  }
  return {};
}

std::string name_of(const RunEntry& entry) { return title_of(entry).toStdString(); }

}  // namespace

RunsPanel::RunsPanel(Workbench& workbench, QWidget* parent)
    : QWidget(parent), workbench_(workbench) {
  auto* const row = new QHBoxLayout(this);
  row->setContentsMargins(0, 0, 0, 0);
  auto* const split = new QSplitter(Qt::Horizontal, this);
  row->addWidget(split);
  list_ = new QTreeWidget(split);
  list_->setObjectName(QStringLiteral("runs"));
  list_->setAccessibleName(tr("Runs"));
  list_->setHeaderLabels({tr("Run"), tr("State"), tr("Came to"), tr("Done to it")});
  list_->setRootIsDecorated(false);
  list_->setUniformRowHeights(true);
  list_->setAllColumnsShowFocus(true);
  list_->header()->setMinimumSectionSize(54);
  list_->setColumnWidth(0, 76);
  list_->setColumnWidth(1, 88);
  list_->setColumnWidth(2, 66);
  list_->header()->setStretchLastSection(false);
  list_->header()->setSectionResizeMode(3, QHeaderView::Stretch);
  auto* const right = new QWidget(split);
  auto* const column = new QVBoxLayout(right);
  column->setContentsMargins(8, 6, 0, 0);
  auto* const head = new QHBoxLayout;
  head->addWidget(new QLabel(tr("Compare with"), right));
  baseline_ = new QComboBox(right);
  baseline_->setObjectName(QStringLiteral("baseline"));
  baseline_->setAccessibleName(tr("Compare with"));
  head->addWidget(baseline_);
  headline_ = new QLabel(right);
  headline_->setTextInteractionFlags(Qt::TextSelectableByMouse);
  headline_->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
  headline_->setWordWrap(true);
  head->addWidget(headline_, 1);
  column->addLayout(head);
  changes_ = new QTreeWidget(right);
  changes_->setObjectName(QStringLiteral("changes"));
  changes_->setAccessibleName(tr("What changed"));
  QStringList heads;
  for (const std::string& each : reports::delta_heads()) {
    const QString title = words(each);
    heads.append(title.left(1).toUpper() + title.mid(1));
  }
  changes_->setHeaderLabels(heads);
  changes_->setRootIsDecorated(false);
  changes_->setUniformRowHeights(true);
  changes_->setAllColumnsShowFocus(true);
  changes_->setColumnWidth(0, 190);
  changes_->header()->moveSection(6, 5);  // What it means, before how sure that is.
  column->addWidget(changes_, 1);
  split->setStretchFactor(0, 0);
  split->setStretchFactor(1, 1);
  split->setSizes({310, 670});
  connect(list_, &QTreeWidget::currentItemChanged, this, [this](QTreeWidgetItem* item) {
    if (!is_filling_ && item != nullptr) {
      workbench_.show_run(static_cast<std::size_t>(list_->indexOfTopLevelItem(item)));
    }
  });
  list_->setEditTriggers(QAbstractItemView::DoubleClicked | QAbstractItemView::EditKeyPressed);
  connect(list_, &QTreeWidget::itemChanged, this, [this](QTreeWidgetItem* item, int changed) {
    if (!is_filling_ && changed == 0) {
      const int index = list_->indexOfTopLevelItem(item);
      const auto number = workbench_.runs()[static_cast<std::size_t>(index)].number;
      const bool is_number = item->text(0) == tr("run %1").arg(number);
      workbench_.name_run(static_cast<std::size_t>(index), is_number ? QString() : item->text(0));
    }
  });
  connect(baseline_, &QComboBox::activated, this, [this](int index) {
    workbench_.set_baseline(index <= 0 ? std::nullopt
                                       : std::optional(static_cast<std::size_t>(index - 1)));
  });
  connect(&workbench_, &Workbench::runs_changed, this, &RunsPanel::refresh);
  refresh();
}

void RunsPanel::set_theme(const Theme& theme) {
  theme_ = theme;
  refresh();
  list_changes();
}

void RunsPanel::refresh() {
  is_filling_ = true;
  const auto& runs = workbench_.runs();
  while (list_->topLevelItemCount() > static_cast<int>(runs.size())) {
    delete list_->takeTopLevelItem(list_->topLevelItemCount() - 1);
  }
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const RunEntry& entry = runs[i];
    QTreeWidgetItem* item = list_->topLevelItem(static_cast<int>(i));
    if (item == nullptr) {
      item = new QTreeWidgetItem(list_);
    }
    item->setText(0, title_of(entry));
    item->setFlags(item->flags() | Qt::ItemIsEditable);
    item->setToolTip(0, tr("Double click or F2 to name the run"));
    item->setText(1, state_of(entry));
    item->setText(2, clock_text(entry.status.now));
    item->setText(3,
                  entry.status.acts == 0 ? QStringLiteral("–") : counted(entry.status.acts, "act"));
    const bool failed = entry.result != nullptr && !entry.result->run.verdict.passed;
    item->setForeground(1, failed ? theme_.failing : theme_.text);
    if (entry.result != nullptr) {
      item->setToolTip(1, words(entry.result->run.verdict.headline));
    }
  }
  list_->setCurrentItem(list_->topLevelItem(static_cast<int>(workbench_.shown_index())));
  is_filling_ = false;
  refresh_baselines();
  compare();
}

void RunsPanel::refresh_baselines() {
  const auto& runs = workbench_.runs();
  QStringList wanted{tr("nothing")};
  for (const RunEntry& entry : runs) {
    wanted << title_of(entry);
  }
  QStringList there;
  for (int i = 0; i < baseline_->count(); ++i) {
    there << baseline_->itemText(i);
  }
  if (there != wanted) {
    baseline_->clear();
    baseline_->addItems(wanted);
  }
  const auto index = workbench_.baseline_index();
  baseline_->setCurrentIndex(index ? static_cast<int>(*index) + 1 : 0);
}

void RunsPanel::compare() {
  const RunEntry* const after = workbench_.shown();
  const RunEntry* const before = workbench_.baseline();
  const void* const before_result = before == nullptr ? nullptr : before->result.get();
  const void* const after_result = after == nullptr ? nullptr : after->result.get();
  if (before_result == before_ && after_result == after_ && comparison_ != nullptr) {
    return;
  }
  before_ = before_result;
  after_ = after_result;
  comparison_.reset();
  if (before_result != nullptr && after_result != nullptr) {
    comparison_ = std::make_unique<engine::RunComparison>(
        engine::compare_runs(engine::side_of(before->result->run, name_of(*before)),
                             engine::side_of(after->result->run, name_of(*after)), {}));
  }
  list_changes();
  headline_->setText(
      comparison_ != nullptr ? words(comparison_->headline)
      : before != nullptr    ? tr("Both runs must be over")
      : workbench_.runs().size() < 2
          ? tr("Run twice, change something in between, and choose what to compare with")
          : tr("Choose a run; charts show it dashed"));
  headline_->setToolTip(headline_->text());
  Q_EMIT compared();
}

std::map<std::string, Ring> RunsPanel::changed_services() const {
  std::map<std::string, Ring> rings;
  if (comparison_ == nullptr) {
    return rings;
  }
  for (const engine::Delta& delta : comparison_->deltas) {
    if (delta.kind != engine::SignalSummary::Kind::kService) {
      continue;
    }
    const bool is_worse = delta.change == engine::Change::kWorse;
    if (is_worse || delta.change == engine::Change::kBetter) {
      const Ring ring = is_worse ? Ring::kWorse : Ring::kBetter;
      const auto [entry, is_new] = rings.try_emplace(delta.subject, ring);
      if (!is_new && entry->second != ring) {
        entry->second = Ring::kWorse;  // Better in one figure and worse in another.
      }
    }
  }
  return rings;
}

void RunsPanel::list_changes() {
  changes_->clear();
  if (comparison_ == nullptr) {
    return;
  }
  const auto mark = [this](QTreeWidgetItem& item, int column, engine::Change change) {
    if (change == engine::Change::kWorse || change == engine::Change::kBetter) {
      item.setForeground(column,
                         change == engine::Change::kWorse ? theme_.failing : theme_.healthy);
    }
  };
  std::size_t left_out = 0;
  for (const engine::Delta& delta : reports::chosen_deltas(*comparison_, kMostDeltas, left_out)) {
    QStringList cells;
    for (const std::string& cell : reports::delta_cells(delta)) {
      cells.append(words(cell));
    }
    auto* const item = new QTreeWidgetItem(changes_, cells);
    mark(*item, static_cast<int>(cells.size()) - 1, delta.change);
    mark(*item, 4, delta.change);
  }
  // Columns are as wide as figures. Words of expectations are longer, and stand above them.
  for (int column = 1; column < changes_->columnCount(); ++column) {
    changes_->resizeColumnToContents(column);
  }
  int above = 0;
  for (const engine::ExpectationChange& change : comparison_->expectations) {
    if (change.change != engine::Change::kSame) {
      auto* const item = new QTreeWidgetItem(
          {words(change.text), tr("expectation"), words(change.got_before), words(change.got_after),
           QString(), QString(), QString::fromLatin1(reports::word_for(change.change))});
      mark(*item, 6, change.change);
      changes_->insertTopLevelItem(above++, item);
    }
  }
  for (const engine::EventChange& change : comparison_->events) {
    new QTreeWidgetItem(changes_,
                        {words(change.subject), QString::fromLatin1(engine::words_for(change.kind)),
                         QString::number(change.before), QString::number(change.after)});
  }
  for (QTreeWidgetItemIterator item(changes_); *item != nullptr; ++item) {
    for (int column = 0; column < changes_->columnCount(); ++column) {
      (*item)->setToolTip(column, (*item)->text(column));
    }
  }
}

std::string RunsPanel::comparison_page() const {
  const RunEntry* const after = workbench_.shown();
  const RunEntry* const before = workbench_.baseline();
  if (comparison_ == nullptr || after == nullptr || before == nullptr || after->result == nullptr ||
      before->result == nullptr) {
    return {};
  }
  return reports::write_comparison_html(before->result->run.report(), after->result->run.report(),
                                        *comparison_);
}

}  // namespace shaketable::gui
