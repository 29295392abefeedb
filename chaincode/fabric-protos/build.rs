//! Generates the gRPC clients and servers of Fabric's services, if the feature `services` asks for them.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    #[cfg(feature = "services")]
    services::generate();
}

#[cfg(feature = "services")]
mod services {
    use tonic_build::manual::{Builder, Method, Service};

    /// Which side of a call is a stream.
    enum Streams {
        Neither,
        Responses,
        Both,
    }

    use Streams::{Both, Neither, Responses};

    pub(super) fn generate() {
        let envelope = "crate::common::Envelope";
        let chaincode_message = "crate::protos::ChaincodeMessage";
        let peer_deliver_response = "crate::protos::DeliverResponse";
        // Without the constructors that open a connection: `ChaincodeClient::connect` is one of Fabric's methods.
        Builder::new().build_transport(false).compile(&[
            service(
                "gateway",
                "Gateway",
                "The client API of a peer.",
                &[
                    gateway_method("Endorse", "EndorseRequest", "EndorseResponse", Neither),
                    gateway_method("Submit", "SubmitRequest", "SubmitResponse", Neither),
                    gateway_method("CommitStatus", "SignedCommitStatusRequest", "CommitStatusResponse", Neither),
                    gateway_method("Evaluate", "EvaluateRequest", "EvaluateResponse", Neither),
                    gateway_method(
                        "ChaincodeEvents",
                        "SignedChaincodeEventsRequest",
                        "ChaincodeEventsResponse",
                        Responses,
                    ),
                ],
            ),
            service(
                "protos",
                "Endorser",
                "Simulates and endorses one proposal on this peer.",
                &[method(
                    "ProcessProposal",
                    "crate::protos::SignedProposal",
                    "crate::protos::ProposalResponse",
                    Neither,
                )],
            ),
            service(
                "protos",
                "Deliver",
                "Sends committed blocks; each envelope carries a `SeekInfo`.",
                &[
                    method("Deliver", envelope, peer_deliver_response, Both),
                    method("DeliverFiltered", envelope, peer_deliver_response, Both),
                    method("DeliverWithPrivateData", envelope, peer_deliver_response, Both),
                ],
            ),
            service(
                "orderer",
                "AtomicBroadcast",
                "Takes envelopes to be ordered, and sends blocks.",
                &[
                    method("Broadcast", envelope, "crate::orderer::BroadcastResponse", Both),
                    method("Deliver", envelope, "crate::orderer::DeliverResponse", Both),
                ],
            ),
            service(
                "protos",
                "ChaincodeSupport",
                "Served by a peer: a chaincode that the peer launched registers here.",
                &[method("Register", chaincode_message, chaincode_message, Both)],
            ),
            service(
                "protos",
                "Chaincode",
                "Served by a chaincode that runs as a service: the peer connects here.",
                &[method("Connect", chaincode_message, chaincode_message, Both)],
            ),
        ]);
    }

    fn service(package: &str, name: &str, comment: &str, methods: &[MethodDescription]) -> Service {
        methods
            .iter()
            .fold(Service::builder().package(package).name(name).comment(comment), |service, method| {
                service.method(method.build())
            })
            .build()
    }

    struct MethodDescription {
        name: &'static str,
        input: String,
        output: String,
        streams: Streams,
    }

    fn method(
        name: &'static str,
        input: impl Into<String>,
        output: impl Into<String>,
        streams: Streams,
    ) -> MethodDescription {
        MethodDescription { name, input: input.into(), output: output.into(), streams }
    }

    fn gateway_method(name: &'static str, input: &str, output: &str, streams: Streams) -> MethodDescription {
        method(name, format!("crate::gateway::{input}"), format!("crate::gateway::{output}"), streams)
    }

    impl MethodDescription {
        fn build(&self) -> Method {
            let method = Method::builder()
                .name(snake_case(self.name))
                .route_name(self.name)
                .input_type(&self.input)
                .output_type(&self.output)
                .codec_path("tonic_prost::ProstCodec");
            match self.streams {
                Neither => method.build(),
                Responses => method.server_streaming().build(),
                Both => method.client_streaming().server_streaming().build(),
            }
        }
    }

    fn snake_case(name: &str) -> String {
        let mut snake = String::new();
        for letter in name.chars() {
            if letter.is_uppercase() && !snake.is_empty() {
                snake.push('_');
            }
            snake.push(letter.to_ascii_lowercase());
        }
        snake
    }
}
