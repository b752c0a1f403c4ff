#include "gui/app/run_app.h"

int main(int argc, char** argv) { return shaketable::gui::run_app(argc, argv); }
