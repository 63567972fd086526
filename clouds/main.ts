import { FleetApp } from "logical-clouds";
import { contractorAcme } from "./contractor-acme.ts";
import { dataMl } from "./data-ml.ts";
import { fleet } from "./fleet.ts";
import { payments } from "./payments.ts";
import { platformCi } from "./platform-ci.ts";
import { storefront } from "./storefront.ts";

const app = new FleetApp({ fleet });

storefront(app);
payments(app);
dataMl(app);
platformCi(app);
contractorAcme(app);

app.synth();
