package org.apache.flink.statefun.flink.io.kafka.binders.ingress.v1;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonProcessingException;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.DeserializationFeature;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.ObjectMapper;
import org.apache.flink.statefun.extensions.ComponentBinder;
import org.apache.flink.statefun.extensions.ComponentJsonObject;
import org.apache.flink.statefun.extensions.ExtensionModule;
import org.apache.flink.statefun.flink.io.common.AutoRoutableProtobufRouter;
import org.apache.flink.statefun.flink.io.generated.AutoRoutable;
import org.apache.flink.statefun.flink.io.generated.RoutingConfig;
import org.apache.flink.statefun.flink.io.generated.TargetFunctionType;
import org.apache.flink.statefun.sdk.TypeName;
import org.apache.flink.statefun.sdk.kafka.KafkaIngressBuilder;
import org.apache.flink.statefun.sdk.kafka.KafkaIngressBuilderApiExtension;
import org.apache.flink.statefun.sdk.kafka.KafkaIngressDeserializer;
import org.apache.flink.statefun.sdk.kafka.KafkaIngressSpec;
import org.apache.flink.statefun.sdk.spi.StatefulFunctionModule;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Kafka ingress that StateFun's own cannot express: it never resets an offset, and no record stops the job.
 *
 * <p>Its kind is {@code users.kafka/strict-ingress}. Its spec is that of {@code io.statefun.kafka.v1/ingress},
 * and {@code rejected}: the type of the function that receives a description of each record without a key or
 * without a value. StateFun's own ingress raises for such a record, on every restart again.
 *
 * <p>It is in StateFun's package because {@link RoutableKafkaIngressSpec} is visible only there.
 */
public final class StrictKafkaIngress implements ExtensionModule, ComponentBinder {

  private static final TypeName KIND = TypeName.parseFrom("users.kafka/strict-ingress");

  private static final ObjectMapper MAPPER =
      new ObjectMapper().configure(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, false);

  @Override
  public void configure(Map<String, String> globalConfigurations, ExtensionModule.Binder binder) {
    binder.bindExtension(KIND, this);
  }

  @Override
  public void bind(ComponentJsonObject component, StatefulFunctionModule.Binder binder) {
    RoutableKafkaIngressSpec spec = parse(component.specJsonNode());
    TypeName rejected = TypeName.parseFrom(component.specJsonNode().get("rejected").asText());
    binder.bindIngress(strict(spec, rejected));
    binder.bindIngressRouter(spec.id(), new AutoRoutableProtobufRouter());
  }

  private static RoutableKafkaIngressSpec parse(JsonNode spec) {
    try {
      return MAPPER.treeToValue(spec, RoutableKafkaIngressSpec.class);
    } catch (JsonProcessingException error) {
      throw new IllegalArgumentException("The spec of the ingress cannot be parsed.", error);
    }
  }

  @SuppressWarnings("unchecked")
  private static KafkaIngressSpec<Message> strict(RoutableKafkaIngressSpec spec, TypeName rejected) {
    KafkaIngressSpec<Message> lenient = (KafkaIngressSpec<Message>) spec.toUniversalKafkaIngressSpec();
    KafkaIngressBuilder<Message> builder = KafkaIngressBuilder.forIdentifier(spec.id());
    builder
        .withKafkaAddress(lenient.properties().getProperty(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG))
        .withConsumerGroupId(lenient.properties().getProperty(ConsumerConfig.GROUP_ID_CONFIG))
        .withStartupPosition(lenient.startupPosition())
        .withProperties(lenient.properties());
    lenient.topics().forEach(builder::withTopic);
    KafkaIngressBuilderApiExtension.withDeserializer(
        builder, new Deserializer(lenient.deserializer(), rejected));
    KafkaIngressSpec<Message> strict = builder.build();
    // The builder always sets a policy, so it is replaced afterwards.
    strict.properties().setProperty(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none");
    return strict;
  }

  /** StateFun's deserializer for complete records; others become a message to {@code rejected}. */
  private static final class Deserializer implements KafkaIngressDeserializer<Message> {

    private static final long serialVersionUID = 1L;

    private final KafkaIngressDeserializer<Message> complete;
    private final RoutingConfig rejected;

    Deserializer(KafkaIngressDeserializer<Message> complete, TypeName rejected) {
      this.complete = complete;
      this.rejected =
          RoutingConfig.newBuilder()
              .setTypeUrl("users/Rejected")
              .addTargetFunctionTypes(
                  TargetFunctionType.newBuilder()
                      .setNamespace(rejected.namespace())
                      .setType(rejected.name()))
              .build();
    }

    @Override
    public Message deserialize(ConsumerRecord<byte[], byte[]> record) {
      if (record.key() == null) {
        return reject(record, "no_key");
      }
      return record.value() == null ? reject(record, "no_value") : complete.deserialize(record);
    }

    private Message reject(ConsumerRecord<byte[], byte[]> record, String reason) {
      String place = record.topic() + "-" + record.partition() + " at offset " + record.offset();
      return AutoRoutable.newBuilder()
          .setConfig(rejected)
          .setId(reason)
          .setPayloadBytes(ByteString.copyFrom(place, StandardCharsets.UTF_8))
          .build();
    }
  }
}
