import OpenSeadragon from "openseadragon"; window.osd=OpenSeadragon
