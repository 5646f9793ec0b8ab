using FluentValidation;
using Microsoft.Extensions.Options;

namespace Personalization.Tracking;

/// <summary>The rules on pressure that attributes cannot say: thresholds lie apart, and weights are weights.</summary>
internal sealed class PressureOptionsValidator : AbstractValidator<PressureOptions>, IValidateOptions<PressureOptions>
{
    private const int MaxWeight = 1_000;

    public PressureOptionsValidator()
    {
        const string apart = "must be below its stop threshold, or levels would come and go.";
        RuleFor(options => options.CriticalDelayRestartMs).LessThan(options => options.CriticalDelayStopMs).WithMessage("CriticalDelayRestartMs " + apart);
        RuleFor(options => options.BulkDelayRestartMs).LessThan(options => options.BulkDelayStopMs).WithMessage("BulkDelayRestartMs " + apart);
        RuleFor(options => options.ThreadDelayRestartMs).LessThan(options => options.ThreadDelayStopMs).WithMessage("ThreadDelayRestartMs " + apart);
        RuleFor(options => options.LagRestartMs).LessThan(options => options.LagStopMs).WithMessage("LagRestartMs " + apart);
        RuleForEach(options => options.Weights).Must(weight => weight.Value is >= 1 and <= MaxWeight)
            .WithMessage($"A weight is a whole number from 1 to {MaxWeight}.");
    }

    public ValidateOptionsResult Validate(string? name, PressureOptions options)
    {
        var result = Validate(options);
        return result.IsValid
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail(result.Errors.Select(error => $"{error.PropertyName}: {error.ErrorMessage}"));
    }
}
