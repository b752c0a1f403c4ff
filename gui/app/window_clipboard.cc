#include <QAbstractItemView>
#include <QClipboard>
#include <QGuiApplication>
#include <QJsonDocument>
#include <QLabel>
#include <QMimeData>
#include <algorithm>

#include "gui/app/drawings.h"
#include "gui/app/main_window.h"
#include "gui/canvas/qt_words.h"
#include "gui/document/mesh_clipping.h"
#include "gui/workbench/words.h"

// Services that are copied: as text, as a drawing, and as services.
namespace shaketable::gui {
namespace {

const QString kMime = QStringLiteral("application/x-shaketable-services+json");
const QString kText = QStringLiteral("text");
const QString kLayout = QStringLiteral("layout");
constexpr int kClippingWidth = 900;
constexpr QPointF kAside(28, 28);  // From an original to its copy.

// What a person has marked in a label or a list is meant rather than the mesh.
QString marked_text(const QWidget* focus) {
  if (const auto* const label = qobject_cast<const QLabel*>(focus)) {
    return label->selectedText();
  }
  const auto* const list = qobject_cast<const QAbstractItemView*>(focus);
  if (list == nullptr || list->objectName() == QLatin1String("outline")) {
    return {};
  }
  QStringList cells;
  const QModelIndex current = list->currentIndex();
  for (int column = 0; current.isValid() && column < current.model()->columnCount(current.parent());
       ++column) {
    cells << current.siblingAtColumn(column).data().toString();
  }
  return cells.join(QLatin1Char('\t'));
}

}  // namespace

void MainWindow::create_clipboard_actions() {
  add_action("cut", tr("Cut"), {QKeySequence(QStringLiteral("Ctrl+X"))}, {}, [this] {
    if (copy_selected()) {
      remove_selected();
    }
  });
  add_action("copy", tr("Copy"), {QKeySequence(QStringLiteral("Ctrl+C"))}, {}, [this] {
    const QString marked = marked_text(focusWidget());
    if (marked.isEmpty()) {
      copy_selected();
    } else {
      QGuiApplication::clipboard()->setText(marked);
    }
  });
  add_action("paste", tr("Paste"), {QKeySequence(QStringLiteral("Ctrl+V"))}, {},
             [this] { paste(); });
  connect(canvas_, &CanvasView::copies_asked, this,
          [this](const QPointF& shift) { copy_aside(shift); });
}

Places MainWindow::places_of(const std::set<std::string>& services) const {
  Places places;
  for (const SceneNode& node : canvas_->scene().nodes()) {
    if (services.contains(node.name)) {
      places[node.name] = node.box.topLeft();
    }
  }
  return places;
}

bool MainWindow::copy_selected() {
  const std::set<std::string>& services = canvas_->selected();
  const std::string text = clip_services(workbench_.document().source(), services);
  if (text.empty()) {
    return false;
  }
  auto* const copied = new QMimeData;
  copied->setText(QString::fromStdString(text));
  const QJsonObject whole{{kText, QString::fromStdString(text)},
                          {kLayout, layout_json({.places = places_of(services)})}};
  copied->setData(kMime, QJsonDocument(whole).toJson(QJsonDocument::Compact));
  const QSize size = size_for(canvas_->drawn_bounds(&services), kClippingWidth);
  copied->setData(QStringLiteral("image/svg+xml"),
                  svg_of(size, tr("Services"), tr("A part of a mesh, drawn by Shaketable"),
                         [&](QPainter& painter) {
                           canvas_->draw(painter, QRectF(QPointF(), size), &services);
                         }));
  QGuiApplication::clipboard()->setMimeData(copied);
  Q_EMIT workbench_.said(
      tr("Copied %1, as text and as a drawing").arg(counted(services.size(), "service")), false);
  return true;
}

void MainWindow::paste() {
  const QMimeData* const held = QGuiApplication::clipboard()->mimeData();
  if (held == nullptr) {
    return;
  }
  const QJsonObject whole = QJsonDocument::fromJson(held->data(kMime)).object();
  const bool is_ours = whole.contains(kText);
  Places places = layout_from(whole.value(kLayout).toObject()).places;
  // Beside what stands there, and beside copies that were put there before.
  const auto is_taken = [&](const Place& place) {
    const auto& nodes = canvas_->scene().nodes();
    return std::any_of(nodes.begin(), nodes.end(), [&](const SceneNode& node) {
      return (node.box.topLeft() - place.at).manhattanLength() < kAside.x();
    });
  };
  while (std::any_of(places.begin(), places.end(),
                     [&](const auto& place) { return is_taken(place.second); })) {
    for (auto& [name, place] : places) {
      place.at += kAside;
    }
  }
  paste_text(is_ours ? whole.value(kText).toString().toStdString() : held->text().toStdString(),
             places, {});
}

// Copies of what is selected, with the calls among them.
void MainWindow::copy_aside(const QPointF& shift) {
  const std::set<std::string> services = canvas_->selected();
  Places places = places_of(services);
  for (auto& [name, place] : places) {
    place.at += shift;
  }
  const std::string what =
      services.size() == 1 ? *services.begin() : std::to_string(services.size()) + " services";
  paste_text(clip_services(workbench_.document().source(), services), places, "Duplicate " + what);
}

void MainWindow::duplicate_selected() { copy_aside(kAside); }

// One step: the text, and the places of its boxes.
void MainWindow::paste_text(const std::string& text, const Places& places,
                            const std::string& label) {
  source_->take_over();
  auto pasting = paste_services(workbench_.document().source(), text);
  if (!pasting) {
    Q_EMIT workbench_.said(words_of(pasting.error()), true);
    return;
  }
  if (!label.empty()) {
    pasting->edit.label = label;
  }
  if (!workbench_.edit(pasting->edit)) {
    return;
  }
  std::set<std::string> made;
  for (const auto& [name, copy] : pasting->names) {
    made.insert(copy);
    const auto place = places.find(name);
    const auto node = canvas_->scene().find(copy);
    if (place != places.end() && node) {
      canvas_->scene().move(*node, place->second.at);
    }
  }
  is_joined_ = true;
  boxes_moved();
  is_joined_ = false;
  canvas_->select_services(std::move(made));
}

}  // namespace shaketable::gui
