import { Collapse, Dropdown, Tab } from "@tabler/core";
import htmx from "htmx.org";
window.htmx = htmx; window.x=[Collapse, Dropdown, Tab];
