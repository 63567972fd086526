export { DNS_FIELD_MANAGER as DNS_MANAGER } from "../../model/labels.ts";
