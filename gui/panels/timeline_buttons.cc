#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QMenu>
#include <QToolButton>

#include "gui/panels/icons.h"
#include "gui/panels/timeline_bar.h"
#include "gui/workbench/words.h"

// The buttons beside the strip.
namespace shaketable::gui {
namespace {

constexpr double kPlaySpeeds[] = {0.1, 0.25, 0.5, 1, 2, 5, 10, 20, 50, 100};

}  // namespace

TimelineBar::TimelineBar(Workbench& workbench, QWidget* parent)
    : QWidget(parent), workbench_(workbench) {
  setObjectName(QStringLiteral("timeline"));
  auto* const row = new QHBoxLayout(this);
  row->setContentsMargins(8, 2, 4, 2);
  row->setSpacing(2);
  const auto button = [&](const QString& name, auto&& act) {
    auto* const made = new QToolButton(this);
    made->setAccessibleName(name);
    made->setToolTip(name);
    made->setAutoRaise(true);
    connect(made, &QToolButton::clicked, this, act);
    row->addWidget(made);
    return made;
  };
  previous_ = button(tr("Event before (,)"), [this] { workbench_.jump(false); });
  backwards_ = button(tr("Play backwards"), [this] { workbench_.play(false); });
  play_ = button(tr("Play the recorded run"), [this] { workbench_.play(true); });
  next_ = button(tr("Next event (.)"), [this] { workbench_.jump(true); });
  for (const bool forwards : {false, true}) {
    QToolButton* const each = forwards ? next_ : previous_;
    auto* const menu = new QMenu(each);
    const auto add = [&](const QString& text, Jump what) {
      menu->addAction(text, this, [this, forwards, what] { workbench_.jump(forwards, what); });
    };
    add(forwards ? tr("Next event") : tr("Event before"), Jump::kEvent);
    add(forwards ? tr("Next trip: a circuit, an ejection or a panic") : tr("Trip before"),
        Jump::kTrip);
    add(forwards ? tr("Where clients see errors next") : tr("Where clients saw errors before"),
        Jump::kError);
    each->setMenu(menu);
    each->setPopupMode(QToolButton::MenuButtonPopup);
  }
  front_ = button(tr("To the newest moment"), [this] { workbench_.follow(); });
  speed_ = new QComboBox(this);
  speed_->setObjectName(QStringLiteral("play_speed"));
  speed_->setAccessibleName(tr("Speed of playing"));
  speed_->setToolTip(tr("How fast what was recorded is played"));
  for (const double speed : kPlaySpeeds) {
    speed_->addItem(QStringLiteral("%1×").arg(speed));
    if (speed == workbench_.play_speed()) {
      speed_->setCurrentIndex(speed_->count() - 1);
    }
  }
  connect(speed_, &QComboBox::currentIndexChanged, this,
          [this](int index) { workbench_.set_play_speed(kPlaySpeeds[index]); });
  row->addWidget(speed_);
  time_ = new QLabel(this);
  time_->setObjectName(QStringLiteral("moment"));
  time_->setAlignment(Qt::AlignCenter);
  QFont font = time_->font();
  font.setWeight(QFont::DemiBold);
  time_->setFont(font);
  time_->setMinimumWidth(fontMetrics().horizontalAdvance(QStringLiteral("00:00.0 / 00:00.0")) + 18);
  row->addWidget(time_);
  strip_ = new TimelineStrip(workbench_, this);
  row->addWidget(strip_, 1);
  connect(&workbench_, &Workbench::moment_changed, this, &TimelineBar::refresh);
  connect(&workbench_, &Workbench::runs_changed, this, &TimelineBar::refresh);
  set_theme(theme_);
  refresh();
}

void TimelineBar::set_theme(const Theme& theme) {
  theme_ = theme;
  strip_->set_theme(theme);
  previous_->setIcon(icon(Icon::kPrevious, theme));
  next_->setIcon(icon(Icon::kNext, theme));
  front_->setIcon(icon(Icon::kFront, theme));
  shown_direction_.reset();
  refresh();
}

void TimelineBar::refresh() {
  const bool has_run = workbench_.shown() != nullptr;
  for (QToolButton* const each : {previous_, backwards_, play_, next_, front_}) {
    each->setEnabled(has_run);
  }
  const double speed = workbench_.play_back_speed();
  if (const int direction = (speed > 0) - (speed < 0); direction != shown_direction_) {
    shown_direction_ = direction;
    play_->setIcon(icon(speed > 0 ? Icon::kPause : Icon::kPlay, theme_));
    backwards_->setIcon(icon(speed < 0 ? Icon::kPause : Icon::kBackwards, theme_));
  }
  time_->setText(
      QStringLiteral("%1 / %2").arg(clock_text(workbench_.moment()),
                                    clock_text(workbench_.end()).section(QLatin1Char('.'), 0, 0)));
}

}  // namespace shaketable::gui
