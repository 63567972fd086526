import { FleetApp } from "logical-clouds";
import { fleet } from "./fleet.ts";
import { webshop } from "./webshop.ts";

const app = new FleetApp({ fleet });
webshop(app);
app.synth();
