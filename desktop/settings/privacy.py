"""The page that says what is kept, and where. Knows the folders, not what is in the files."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices

from desktop.forms import Form, SettingRow
from desktop.settings.page import SettingsPage
from desktop.theme import Look
from desktop.widgets.button import Button
from engine.paths import Paths
from engine.settings import SettingsStore

KEYS = ("privacy.receipts",)


def privacy_page(look: Look, settings: SettingsStore, paths: Paths | None) -> SettingsPage:
    page = SettingsPage(look, "Privacy")
    page.add_well(
        "shield-check",
        "ok",
        "Everything stays on this computer",
        "No account, no usage data, no update check. What you write is read by the model here and by nothing else.",
    )
    form = Form(look, settings, KEYS)
    if paths is not None:
        form.add_row(folder_row(look, page, "Chats, with the chances of their words", paths.database, paths.data))
        form.add_row(folder_row(look, page, "Models", paths.models, paths.models))
        form.add_row(folder_row(look, page, "Settings", paths.settings, paths.config))
        form.add_row(folder_row(look, page, "Working copies, made again when they are gone", paths.cache, paths.cache))
        form.add_row(folder_row(look, page, "Records of crashes", paths.log, paths.log))
    page.add_form(form)
    return page


def folder_row(look: Look, page: SettingsPage, label: str, shown: Path, folder: Path) -> SettingRow:
    button = Button(look, "Open folder", "folder-open")
    button.setAccessibleName(f"Open the folder of: {label}")

    def open_folder() -> None:
        if not folder.is_dir():
            page.failed.emit(f"There is nothing in {folder} yet", "")
        elif not QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder))):
            page.failed.emit(f"The folder is {folder}", "No program is set up to open folders.")

    button.clicked.connect(open_folder)
    return SettingRow(look, label, f"in {shown}", button)
