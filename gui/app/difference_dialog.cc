#include "gui/app/difference_dialog.h"

#include <QDialog>
#include <QDialogButtonBox>
#include <QLabel>
#include <QVBoxLayout>

#include "gui/wizards/diff_view.h"

namespace shaketable::gui {

bool show_difference(QWidget* parent, const Theme& theme, const DifferenceWords& words,
                     const std::vector<PreviewedFile>& files) {
  QDialog dialog(parent);
  dialog.setObjectName(words.name);
  dialog.setWindowTitle(words.title);
  auto* const column = new QVBoxLayout(&dialog);
  column->setContentsMargins(16, 14, 16, 14);
  column->setSpacing(10);
  column->addWidget(new QLabel(words.about, &dialog));
  auto* const diff = new DiffView(&dialog);
  diff->set_theme(theme);
  diff->show_files(files);
  column->addWidget(diff, 1);
  auto* const buttons = new QDialogButtonBox(&dialog);
  buttons->addButton(words.yes, QDialogButtonBox::AcceptRole);
  buttons->addButton(words.no, QDialogButtonBox::RejectRole);
  column->addWidget(buttons);
  QObject::connect(buttons, &QDialogButtonBox::accepted, &dialog, &QDialog::accept);
  QObject::connect(buttons, &QDialogButtonBox::rejected, &dialog, &QDialog::reject);
  dialog.resize(820, 520);
  return dialog.exec() == QDialog::Accepted;
}

}  // namespace shaketable::gui
