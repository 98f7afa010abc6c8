package sluice

import (
	"context"
	"errors"
	"strings"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

const errorDomain = "sluice.v1"

// SideEffect says whether a call that failed may have done something.
type SideEffect string

const (
	// SideEffectNone: nothing has happened and nothing will.
	SideEffectNone SideEffect = "none"
	// SideEffectPossible: it may have been accepted. Repeat it with the same request id, or read
	// the resource.
	SideEffectPossible SideEffect = "possible"
)

// FieldViolation is a field of the request and the rule that it breaks.
type FieldViolation struct {
	Field       string
	Description string
}

// Error is how a call ends that does not succeed. Get it with errors.As.
type Error struct {
	Code    codes.Code
	Message string // For people. Branch on Reason.
	// A name of sluicev1.ErrorReason without its prefix; newer ones may come. Empty: the error is
	// not one of the server's own words.
	Reason          string
	SideEffect      SideEffect
	FieldViolations []FieldViolation
	RetryAfter      time.Duration     // What the server asks to wait. 0: it does not say.
	RequestID       string            // What to repeat the call with. Empty: the method has none.
	Metadata        map[string]string // What else the server says, for example oldest_cursor.

	status *status.Status
}

// InvalidArgument is the error of what the client refuses itself, before anything is sent.
func InvalidArgument(message string) *Error {
	return &Error{Code: codes.InvalidArgument, Message: message, SideEffect: SideEffectNone,
		status: status.New(codes.InvalidArgument, message)}
}

func (e *Error) Error() string {
	var words strings.Builder
	words.WriteString("sluice: " + e.Code.String())
	if e.Reason != "" {
		words.WriteString(" (" + e.Reason + ")")
	}
	if e.Message != "" {
		words.WriteString(": " + e.Message)
	}
	for _, violation := range e.FieldViolations {
		words.WriteString(" [" + violation.Field + ": " + violation.Description + "]")
	}
	words.WriteString(" side_effect=" + string(e.SideEffect))
	return words.String()
}

// GRPCStatus lets status.FromError and status.Code work, with every detail.
func (e *Error) GRPCStatus() *status.Status { return e.status }

// Is makes errors.Is find context.Canceled and context.DeadlineExceeded.
func (e *Error) Is(target error) bool {
	switch {
	case errors.Is(target, context.Canceled):
		return e.Code == codes.Canceled
	case errors.Is(target, context.DeadlineExceeded):
		return e.Code == codes.DeadlineExceeded
	}
	return false
}

// asError reads everything that the server has said.
func asError(err error, requestID string) *Error {
	var ours *Error
	if errors.As(err, &ours) {
		return ours
	}
	s := status.Convert(err)
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		s = status.FromContextError(err)
	}
	e := &Error{Code: s.Code(), Message: s.Message(), SideEffect: SideEffectPossible,
		RequestID: requestID, status: s}
	for _, detail := range s.Details() {
		switch detail := detail.(type) {
		case *errdetails.ErrorInfo:
			if detail.Domain != errorDomain {
				continue
			}
			e.Reason, e.Metadata = detail.Reason, detail.Metadata
			if detail.Metadata["side_effect"] == string(SideEffectNone) {
				e.SideEffect = SideEffectNone
			}
		case *errdetails.BadRequest:
			for _, violation := range detail.FieldViolations {
				e.FieldViolations = append(e.FieldViolations,
					FieldViolation{Field: violation.Field, Description: violation.Description})
			}
		case *errdetails.RetryInfo:
			e.RetryAfter = detail.RetryDelay.AsDuration()
		}
	}
	return e
}
