#include "gui/panels/message_bar.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QToolButton>
#include <utility>

namespace shaketable::gui {

MessageBar::MessageBar(QWidget* parent) : QFrame(parent) {
  setObjectName(QStringLiteral("message"));
  auto* const row = new QHBoxLayout(this);
  row->setContentsMargins(12, 5, 6, 5);
  label_ = new QLabel(this);
  label_->setWordWrap(true);
  label_->setTextInteractionFlags(Qt::TextSelectableByMouse);
  row->addWidget(label_, 1);
  answer_ = new QPushButton(this);
  row->addWidget(answer_);
  auto* const close = new QToolButton(this);
  close->setText(QStringLiteral("✕"));
  close->setAccessibleName(tr("Close the message"));
  close->setAutoRaise(true);
  row->addWidget(close);
  connect(close, &QToolButton::clicked, this, &QWidget::hide);
  connect(answer_, &QPushButton::clicked, this, [this] {
    hide();
    if (const auto act = std::exchange(act_, {})) {
      act();
    }
  });
  hide();
}

void MessageBar::set_theme(const Theme& theme) {
  theme_ = theme;
  paint();
}

void MessageBar::paint() {
  const QColor& color = is_error_ ? theme_.failing : theme_.accent;
  setStyleSheet(QStringLiteral("#message { background: %1; border: 0; border-left: 4px solid %2;"
                               " border-bottom: 1px solid %3; }")
                    .arg(theme_.card.name(), color.name(), theme_.border.name()));
}

void MessageBar::say(const QString& text, bool is_error) {
  is_error_ = is_error;
  act_ = {};
  label_->setText(text);
  answer_->hide();
  paint();
  setVisible(!text.isEmpty());
}

void MessageBar::ask(const QString& text, const QString& answer, std::function<void()> act) {
  say(text, false);
  act_ = std::move(act);
  answer_->setText(answer);
  answer_->show();
}

QString MessageBar::text() const { return isHidden() ? QString() : label_->text(); }

}  // namespace shaketable::gui
