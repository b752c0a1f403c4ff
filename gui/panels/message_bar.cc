#include "gui/panels/message_bar.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QToolButton>
#include <utility>

namespace shaketable::gui {

MessageBar::MessageBar(QWidget* parent) : QFrame(parent) {
  setObjectName(QStringLiteral("message"));
  row_ = new QHBoxLayout(this);
  row_->setContentsMargins(12, 5, 6, 5);
  label_ = new QLabel(this);
  label_->setWordWrap(true);
  label_->setTextInteractionFlags(Qt::TextSelectableByMouse);
  row_->addWidget(label_, 1);
  auto* const close = new QToolButton(this);
  close->setText(QStringLiteral("✕"));
  close->setAccessibleName(tr("Close the message"));
  close->setAutoRaise(true);
  row_->addWidget(close);
  connect(close, &QToolButton::clicked, this, &QWidget::hide);
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
  for (QPushButton* const answer : std::exchange(answers_, {})) {
    answer->hide();
    answer->deleteLater();  // It may be the one that was pressed.
  }
  label_->setText(text);
  paint();
  setVisible(!text.isEmpty());
}

void MessageBar::ask(const QString& text, std::vector<Answer> answers) {
  say(text, false);
  for (Answer& answer : answers) {
    auto* const button = new QPushButton(answer.title, this);
    row_->insertWidget(row_->count() - 1, button);
    button->show();
    answers_.push_back(button);
    connect(button, &QPushButton::clicked, this, [this, answer = std::move(answer)] {
      if (!answer.stays) {
        hide();
      }
      answer.act();
    });
  }
}

void MessageBar::ask(const QString& text, const QString& answer, std::function<void()> act) {
  ask(text, {{.title = answer, .act = std::move(act)}});
}

QString MessageBar::text() const { return isHidden() ? QString() : label_->text(); }

}  // namespace shaketable::gui
