import {Upload} from "tus-js-client"; window.u=Upload
