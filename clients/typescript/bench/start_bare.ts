// How long it takes to start with the generated code and gRPC alone.
import { credentials, makeGenericClientConstructor } from "@grpc/grpc-js";

import { OrderService } from "../src/gen/sluice/v1/order_pb.js";

const Orders = makeGenericClientConstructor({}, OrderService.name);
new Orders(process.argv[2] ?? "localhost:1", credentials.createInsecure()).close();
