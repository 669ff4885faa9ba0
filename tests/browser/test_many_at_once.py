"""A zip with its table through the real pages: sent in parts, checked, decided; then its papers changed together."""

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.upload_page import LONG_MS
from tests.bulk.crates import packed, table


def test_a_zip_comes_in_and_its_papers_are_changed_together(at_the_desk: Page, tmp_path: Path) -> None:
    page, path = at_the_desk, tmp_path / "移交.zip"
    files = {f"通知/{n}.txt": f"停水通知第{n}号".encode() for n in range(1, 5)}
    rows = [(name, f"停水通知{name[3:4]}", "WS.02", "", "2026-03-08") for name in files]
    rows[3] = ("通知/4.txt", "停水通知4", "WS.99")
    path.write_bytes(packed({**files, "目录.csv": table(*rows)}))

    page.goto("/bulk")
    page.click("text=导入压缩包和目录 >> nth=0")
    page.set_input_files("[data-files]", path)
    page.wait_for_url(re.compile("upload="), timeout=LONG_MS)
    expect(page.locator("main")).to_contain_text("移交.zip")
    page.get_by_role("button", name="先看看会怎样").click()
    expect(page.locator("#import")).to_contain_text("第 5 行", timeout=LONG_MS)
    expect(page.locator("#import")).to_contain_text("没有“WS.99”这个类目")
    page.check("input[name=skip]")
    page.get_by_role("button", name="导入 3 个文件").click()
    # Leaving the page stops nothing.
    address = page.url
    page.goto("/")
    page.goto(address)
    expect(page.locator("#import .badge").first).to_have_text("已完成", timeout=LONG_MS)

    page.goto("/files/WS.02")
    expect(page.locator("input.bulk-tick")).to_have_count(3)
    page.locator("input.bulk-tick").nth(0).check()
    page.locator("input.bulk-tick").nth(1).check()
    page.click("button[value=edit]")
    page.fill("#f-keywords", "停水")
    page.get_by_role("button", name="预览改动").click()
    expect(page.locator("#preview")).to_contain_text("将修改")
    page.fill("#f-reason", "统一著录")
    page.get_by_role("button", name="修改 2 件").click()
    expect(page.locator("#preview .badge").first).to_have_text("已完成", timeout=LONG_MS)

    page.goto("/files/WS.02")
    page.check("input[name=everything]")
    page.click("button[value=list]")
    expect(page.locator("#export .badge").first).to_have_text("可下载", timeout=LONG_MS)
    with page.expect_download() as fetched:
        page.get_by_role("link", name="下载").click()
    assert Path(fetched.value.path()).read_bytes().startswith(b"PK")
