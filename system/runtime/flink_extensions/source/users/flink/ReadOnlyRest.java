package users.flink;

import java.util.Map;
import java.util.Optional;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.io.network.netty.InboundChannelHandlerFactory;
import org.apache.flink.shaded.netty4.io.netty.channel.ChannelFutureListener;
import org.apache.flink.shaded.netty4.io.netty.channel.ChannelHandler;
import org.apache.flink.shaded.netty4.io.netty.channel.ChannelHandlerContext;
import org.apache.flink.shaded.netty4.io.netty.channel.ChannelInboundHandlerAdapter;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.DefaultFullHttpResponse;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.FullHttpResponse;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.HttpHeaderNames;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.HttpMethod;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.HttpRequest;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.HttpResponseStatus;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.HttpServerCodec;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.HttpVersion;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.QueryStringDecoder;
import org.apache.flink.shaded.netty4.io.netty.util.ReferenceCountUtil;

/**
 * Refuses every request to Flink's REST API that could change something, with status 403.
 *
 * <p>Flink's settings remove the upload of jars only. {@code POST /jobs}, which runs code, and the cancellation
 * of the job stay.
 */
public final class ReadOnlyRest implements InboundChannelHandlerFactory {

  @Override
  public int priority() {
    return 0;
  }

  @Override
  public Optional<ChannelHandler> createHandler(Configuration configuration, Map<String, String> headers) {
    return Optional.of(new Installer());
  }

  /** Puts the refusal before Flink's handler of uploads, which would store the body of a request first. */
  private static final class Installer extends ChannelInboundHandlerAdapter {

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
      String codec = context.pipeline().context(HttpServerCodec.class).name();
      context.pipeline().addAfter(codec, "read-only", new Refusal());
    }
  }

  private static final class Refusal extends ChannelInboundHandlerAdapter {

    private boolean refused;

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) throws Exception {
      if (!refused && message instanceof HttpRequest && changesSomething((HttpRequest) message)) {
        refused = true;
        FullHttpResponse response =
            new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.FORBIDDEN);
        response.headers().set(HttpHeaderNames.CONTENT_LENGTH, 0).set(HttpHeaderNames.CONNECTION, "close");
        context.writeAndFlush(response).addListener(ChannelFutureListener.CLOSE);
      }
      if (refused) {
        ReferenceCountUtil.release(message);
      } else {
        super.channelRead(context, message);
      }
    }

    private static boolean changesSomething(HttpRequest request) {
      boolean reads = request.method().equals(HttpMethod.GET) || request.method().equals(HttpMethod.HEAD);
      // A GET of yarn-cancel or yarn-stop ends a job. Flink's router decodes the path in the same way.
      return !reads || new QueryStringDecoder(request.uri()).path().contains("/yarn-");
    }
  }
}
