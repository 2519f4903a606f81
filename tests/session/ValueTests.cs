using Nb.Values;
using Xunit;

namespace Tests.Session;

public sealed class ValueTests
{
    [Theory]
    [InlineData("text", "text")]
    [InlineData(0.1, "0.1")]
    [InlineData(1.5f, "1.5")]
    [InlineData(true, "True")]
    [InlineData(DayOfWeek.Monday, "Monday")]
    public void Strings_and_scalars_are_text_alone(object value, string text) =>
        Assert.Equal([new(MimeBundle.Plain, text)], ValueFormatter.Format(value));

    [Fact]
    public void Objects_are_html_without_the_shared_style_and_text()
    {
        var bundle = ValueFormatter.Format(new { A = 1, B = "x" });
        Assert.Equal([MimeBundle.Html, MimeBundle.Plain], bundle.Keys);
        Assert.DoesNotContain("<style", bundle[MimeBundle.Html], StringComparison.Ordinal);
        Assert.Equal("{ A = 1, B = x }", bundle[MimeBundle.Plain]);
    }

    [Fact]
    public void A_type_with_ToHtml_is_shown_by_it() =>
        Assert.Equal("<b>own</b>", ValueFormatter.Format(new WithHtml())[MimeBundle.Html]);

    [Fact]
    public void A_generic_type_is_shown_by_the_attribute_that_names_its_formatters()
    {
        var bundle = ValueFormatter.Format(new Shown<float>());
        Assert.Equal([MimeBundle.Plotly, MimeBundle.Html, MimeBundle.Plain], bundle.Keys);
        Assert.Equal("{\"data\":[]}", bundle[MimeBundle.Plotly]);
        Assert.Equal("<i>Single</i>", bundle[MimeBundle.Html]);
        Assert.Equal("shown", bundle[MimeBundle.Plain]);
    }

    [Fact]
    public void A_chart_of_Plotly_NET_is_a_figure_with_html()
    {
        var chart = Plotly.NET.CSharp.Chart.Line<int, int, string>([1, 2], [3, 4]);
        var bundle = ValueFormatter.Format(chart);
        Assert.Equal([MimeBundle.Plotly, MimeBundle.Html], bundle.Keys);
        Assert.StartsWith("{\"data\":[{\"type\":\"scatter\"", bundle[MimeBundle.Plotly], StringComparison.Ordinal);
    }

    private sealed class WithHtml
    {
        public string ToHtml() => "<b>own</b>";
    }

    // Found by its name, as in the course's scripts.
    [AttributeUsage(AttributeTargets.Class)]
    private sealed class TypeFormatterSourceAttribute(Type type) : Attribute
    {
        public Type FormatterSourceType { get; } = type;

        public string[] PreferredMimeTypes { get; set; } = [];
    }

    [TypeFormatterSource(typeof(Source), PreferredMimeTypes = [MimeBundle.Plotly, MimeBundle.Html])]
    public sealed class Shown<T>
    {
        public string ToHtml() => $"<i>{typeof(T).Name}</i>";

        public override string ToString() => "shown";
    }

    public sealed class Source
    {
        public IEnumerable<object> CreateTypeFormatters()
        {
            yield return new ByConvention(MimeBundle.Plotly, _ => "{\"data\":[]}");
            yield return new ByConvention(MimeBundle.Html, value => ((dynamic)value).ToHtml());
        }
    }

    public sealed class ByConvention(string mimeType, Func<object, string> render)
    {
        public string MimeType { get; } = mimeType;

        public bool Format(object instance, TextWriter writer)
        {
            writer.Write(render(instance));
            return true;
        }
    }
}
